"""What serves the course and nothing else: claims, results, studies, exercises, explorers. One
folder a notebook.
"""
