"""Sphinx settings of the course's site; `build_site.py` calls it on the executed notebooks.

Sphinx, because its search needs no server, its reference is made from the docstrings with links to
the sources, and links that lead nowhere are reported. MyST-NB reads what Jupyter stores. Furo has a
sidebar, the contents of a page, dark mode and print, and fetches nothing.
"""

import re

import latex2mathml.converter
from docutils.nodes import SkipNode

project = "audioxai-lite"
author = "The audioxai-lite authors"
html_title = "Explain what an audio model hears"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_output_stderr = "remove"
nb_ipywidgets_js = {}  # explorers need no kernel here, and nothing from a network
nb_render_image_options = {"class": "course-figure"}
# A widget has no kernel here: its HTML is shown instead.
nb_mime_priority_overrides = [("*", "application/vnd.jupyter.widget-view+json", None)]
autodoc_default_options = {"members": True, "member-order": "bysource"}
napoleon_preprocess_types = False
napoleon_use_param = False  # types are words, not links
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_typehints = "none"  # the docstrings say shapes and units, which types do not
suppress_warnings = ["myst.header", "myst.xref_missing", "mystnb.unknown_mime_type", "ref.python"]
html_theme = "furo"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_extra_path = ["_extra"]  # pages that are whole already: the blind test, hand-outs, slides
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00558f", "color-brand-content": "#00558f"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ff", "color-brand-content": "#7cc4ff"},
}
html_show_sourcelink = False
html_copy_source = False


def _inline(translator, node):
    """A formula that browsers draw by themselves."""
    translator.body.append(latex2mathml.converter.convert(node.astext()))
    raise SkipNode


def _block(translator, node):
    formula = latex2mathml.converter.convert(node.astext(), display="block")
    translator.body.append(f'<div class="formula">{formula}</div>')
    raise SkipNode


def _with_notes(app, what, name, obj, options, lines):
    """The last paragraph of a docstring, on source and notebook, is no part of the section before
    it.
    """
    text = "\n".join(lines)
    begins = r"\n\n(?=(?:Sources?|Notebooks?): |Called on )"
    lines[:] = re.sub(begins, "\n\nNotes\n-----\n", text).splitlines()


def _as_rst(app, what, name, obj, options, lines):
    """The docstrings write code as Markdown does, and list the files of a folder as they are."""
    text = "\n".join(lines).replace("Where it is:\n", "Where it is::\n")
    text = re.sub(r"(?<!`)`([^`\n]+)`(?![`_])", r"``\1``", text)
    lines[:] = re.sub(r"\|(\w+)\|", r"\\|\1\\|", text).splitlines()


def setup(app):
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("autodoc-process-docstring", _with_notes, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", _as_rst)


html_math_renderer = "mathml"
