"""What the sources' public code and tables compute, where that differs from the library: one file a
source, named by its key in the ledger.
"""
