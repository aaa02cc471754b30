"""`hrm models`: which models there are, and getting, checking, sharing and removing them."""

from __future__ import annotations

import typer

from hrm.cli.models_look import default_models, list_models, show_model
from hrm.cli.models_store import (
    export_model,
    import_model,
    prune_store,
    pull_model,
    remove_models,
    verify_models,
)
from hrm.cli.options import help_alone

models = typer.Typer(
    name="models",
    rich_markup_mode=None,
    callback=help_alone,
    invoke_without_command=True,
    add_completion=False,
    help="List, fetch, verify, share and remove models.",
)
models.command("list")(list_models)
models.command("ls", hidden=True)(list_models)
models.command("show")(show_model)
models.command("pull")(pull_model)
models.command("verify")(verify_models)
models.command("rm")(remove_models)
models.command("prune")(prune_store)
models.command("import")(import_model)
models.command("export")(export_model)
models.command("default")(default_models)
