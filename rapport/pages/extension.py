"""The Sphinx extension of the report, and its theme « rapport »: what is registered, and when it is called."""

from rapport.pages import THEME, domain, layout, markup, outputs, search, summary, text, updates, weights


def setup(app):
    """Called by Sphinx."""
    for name, default in (("annee", ""), ("presentation", {}), ("liens_bas", []), ("groupes", {}), ("synonymes", {})):
        app.add_config_value(f"rapport_{name}", default, "html")
    app.add_domain(domain.ReportDomain)
    app.add_html_theme("rapport", str(THEME))
    app.set_translator("html", layout.ReportTranslator)
    app.add_transform(markup.PicturesAndFormulas)
    app.add_directive("essentiel", summary.EssentialDirective)
    app.add_transform(summary.InBrief)
    app.add_transform(text.FrenchSpacing)
    app.add_node(outputs.Downloads, html=(outputs.visit_downloads, None))
    app.connect("builder-inited", search.leave_index_out)
    app.connect("env-get-updated", updates.pages_to_write, priority=900)
    app.connect("doctree-resolved", markup.check_html)  # once one form of each output is chosen
    app.connect("doctree-resolved", summary.write_essential)
    app.connect("doctree-resolved", text.explain_acronyms)
    app.connect("html-page-context", layout.add_context)
    app.connect("build-finished", layout.publish_numbers)
    app.connect("build-finished", search.publish_passages)
    app.connect("build-finished", updates.remove_files)
    app.connect("build-finished", weights.publish_sheet, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
