"""Reading the layout of the published HRM and TRM checkpoints: `checkpoint` + `all_config.yaml`.

Their configuration leaves out vocabulary, cells and id counts; those are read off the weights.
Facts of the formats come from the published repositories; nothing in them is executed or imported.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from hrm.config import HRMConfig
from hrm.errors import ModelError

# torch.compile and the reference's loss and carry wrappers each put a prefix before the names.
_WRAPPERS = re.compile(r"^(?:_orig_mod\.|model\.|inner\.)*")
_NAMES = {
    "embed_tokens.embedding_weight": "embed_tokens",
    "embed_pos.embedding_weight": "embed_positions",
    "puzzle_emb.weights": "puzzle_embedding",
    "H_init": "high_init",
    "L_init": "low_init",
}
_PARTS = (
    ("H_level.", "high."),
    ("L_level.", "low."),
    ("self_attn.qkv_proj.", "attention.qkv."),
    ("self_attn.o_proj.", "attention.out."),
    ("mlp_t.gate_up_proj.", "token_mlp.gate_up."),
    ("mlp_t.down_proj.", "token_mlp.down."),
    ("mlp.gate_up_proj.", "mlp.gate_up."),
    ("mlp.down_proj.", "mlp.down."),
)
_MAX_YAML = 100_000


def our_name(key: str) -> str:
    """Name of a published tensor in our state dict."""
    key = _WRAPPERS.sub("", key)
    if key in _NAMES:
        return _NAMES[key]
    for theirs, ours in _PARTS:
        key = key.replace(theirs, ours)
    return key


def read_official(folder: Path) -> tuple[HRMConfig, dict[str, Tensor]]:
    """Configuration and memory-mapped weights, under our names, of a published folder."""
    path = folder / "checkpoint"
    try:
        raw = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError:
        raise ModelError(
            f"{folder}: there is no 'checkpoint' file",
            "An official model folder holds 'checkpoint' and 'all_config.yaml'.",
        ) from None
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"{path}: not a checkpoint that can be read safely ({reason})",
            "It may be truncated or hold more than weights; fetch it again.",
        ) from error
    if not isinstance(raw, Mapping) or not all(
        isinstance(k, str) and isinstance(v, Tensor) for k, v in raw.items()
    ):
        raise ModelError(f"{path}: holds something other than named weights")
    weights = {our_name(key): tensor for key, tensor in raw.items()}
    return _config(_read_yaml(folder / "all_config.yaml"), weights, folder), weights


def _read_yaml(path: Path) -> dict[str, Any]:
    hint = "Published checkpoints come with this file; fetch the whole folder."
    try:
        if path.stat().st_size > _MAX_YAML:
            raise ModelError(f"{path}: larger than {_MAX_YAML} bytes", hint)
        text = path.read_text(encoding="utf-8")
        if re.search(r"(?m)[&*]\w", text):
            raise ModelError(f"{path}: anchors and aliases are not allowed", hint)
        values = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModelError(f"{path}: cannot be read ({type(error).__name__})", hint) from error
    if not isinstance(values, dict) or not isinstance(values.get("arch"), dict):
        raise ModelError(f"{path}: has no 'arch' section", hint)
    return values


def _shape(weights: Mapping[str, Tensor], name: str, folder: Path) -> tuple[int, ...]:
    if name not in weights:
        raise ModelError(f"{folder}: weight {name!r} is missing")
    return tuple(weights[name].shape)


def _config(run: dict[str, Any], weights: Mapping[str, Tensor], folder: Path) -> HRMConfig:
    arch: dict[str, Any] = run["arch"]
    vocabulary, hidden = _shape(weights, "embed_tokens", folder)
    recursive = "high.layers.0.mlp.down.weight" not in weights
    intermediate = _shape(weights, "low.layers.0.mlp.down.weight", folder)[1]
    ids, width = (
        tuple(weights["puzzle_embedding"].shape) if "puzzle_embedding" in weights else (0, 0)
    )
    # HRM: as many tokens as the embedding fills; TRM may ask for more.
    prefix = (arch.get("puzzle_emb_len") or -(width // -hidden)) if ids else 0
    positions = str(arch.get("pos_encodings", "rope"))
    cells = token_width = 0
    if positions == "learned":
        cells = _shape(weights, "embed_positions", folder)[0] - prefix
    if arch.get("mlp_t"):
        total, token_width = _shape(weights, "low.layers.0.token_mlp.down.weight", folder)
        cells = total - prefix
    try:
        return HRMConfig(
            vocabulary=vocabulary,
            hidden=hidden,
            heads=arch["num_heads"],
            intermediate=intermediate,
            high_layers=0 if recursive else arch["H_layers"],
            low_layers=arch["L_layers"],
            high_cycles=arch["H_cycles"],
            low_cycles=arch["L_cycles"],
            gradient="last_cycle" if recursive else "one_step",
            positions=positions,  # type: ignore[arg-type]  # HRMConfig checks it
            cells=cells,
            token_intermediate=token_width,
            prefix=prefix,
            puzzle_ids=ids,
            puzzle_width=width,
            halting="halt_only" if arch.get("no_ACT_continue", False) else "q_learning",
            rope_theta=arch.get("rope_theta", 10000.0),
            norm_eps=arch.get("rms_norm_eps", 1e-5),
        )
    except KeyError as error:
        raise ModelError(f"{folder}: all_config.yaml lacks arch.{error.args[0]}") from error
    except ValueError as error:
        raise ModelError(f"{folder}: all_config.yaml: {error}") from error
