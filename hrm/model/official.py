"""The layout of the published HRM and TRM checkpoints: `checkpoint` + `all_config.yaml`.

Their configuration lacks vocabulary, cells and id counts, which are derived from the weights. The
format follows the published repositories; nothing in the files is executed or imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from hrm.errors import ModelError
from hrm.model.archive import check_archive
from hrm.model.config import HRMConfig
from hrm.model.files import CONFIG, weights_file
from hrm.records import RecordError, converted

# torch.compile and the reference's loss and carry wrappers each put a prefix before the names.
_WRAPPERS = re.compile(r"^(?:_orig_mod\.|model\.|inner\.)*")
_PREFIX = "_orig_mod.model.inner."
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
_CLASSES = {
    False: "hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1",
    True: "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1",
}
_SAFE_TORCH = (2, 10)
_MAX_YAML = 100_000
_MAX_DEPTH = 20
_REFETCH = "It may be truncated or hold more than weights; fetch it again."
_WHOLE = "An official model folder holds 'checkpoint' and 'all_config.yaml'; fetch both."


@dataclass(frozen=True, slots=True)
class _Published:
    """all_config.yaml."""

    arch: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Architecture:
    """Its `arch` section; sizes are read from the weights instead.

    None means the default, which differs between HRM and TRM; HRM has none for `H_layers`.
    """

    num_heads: int
    H_cycles: int
    L_cycles: int
    H_layers: int | None = None
    L_layers: int
    pos_encodings: str = "rope"
    mlp_t: bool = False
    puzzle_emb_len: int | None = None
    no_ACT_continue: bool | None = None  # noqa: N815  # their name
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5


def our_name(key: str) -> str:
    """Name of a published tensor in our state dict."""
    key = _WRAPPERS.sub("", key)
    if key in _NAMES:
        return _NAMES[key]
    for theirs, ours in _PARTS:
        key = key.replace(theirs, ours)
    return key


def official_name(name: str) -> str:
    """Inverse of `our_name`, with the prefix that the published files have."""
    for theirs, ours in _NAMES.items():
        if name == ours:
            return _PREFIX + theirs
    for theirs, ours in _PARTS:
        name = name.replace(ours, theirs)
    return _PREFIX + name


def read_official(path: Path) -> tuple[HRMConfig, dict[str, Tensor]]:
    """Configuration and memory-mapped weights, under our names, of a published folder, or of the
    file of weights in one."""
    folder = path if path.is_dir() else path.parent
    weights = _read_weights(weights_file(path) if path.is_dir() else path)
    return config_of(_read_yaml(folder / CONFIG), weights, folder), weights


def _read_weights(path: Path) -> dict[str, Tensor]:
    _require_safe_torch()
    try:
        check_archive(path)
        raw = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError:
        raise ModelError(f"{path.parent}: there is no 'checkpoint' file", _WHOLE) from None
    except Exception as error:  # an unpickler fails in as many ways as bytes can be wrong
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelError(
            f"{path}: not a checkpoint that can be read safely ({reason})", _REFETCH
        ) from error
    if not isinstance(raw, dict):
        raise ModelError(f"{path}: holds a {type(raw).__name__}, not named weights", _REFETCH)
    weights: dict[str, Tensor] = {}
    # not raw.items(): a pickle may give an OrderedDict an attribute of that name
    for key, tensor in dict.items(raw):
        if not isinstance(key, str) or not _is_plain(tensor):
            raise ModelError(f"{path}: its entry {key!r} is not a plain weight", _REFETCH)
        if our_name(key) in weights:
            raise ModelError(f"{path}: weight {our_name(key)!r} is there twice", _REFETCH)
        weights[our_name(key)] = tensor
    return weights


def _require_safe_torch() -> None:
    """Older versions are unsafe even with weights_only (CVE-2025-32434, CVE-2026-24747)."""
    version = torch.__version__
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < _SAFE_TORCH:
        raise ModelError(
            f"torch {version} cannot open a published checkpoint safely",
            "Install torch 2.10 or newer.",
        )


def _is_plain(value: object) -> bool:
    """Whether a tensor is dense and owns as many elements as its shape says: with strides of zero,
    a few bytes can claim a view of any size."""
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and not (value.is_quantized or value.is_nested or value.is_meta)
        and value.is_contiguous()
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    """The `arch` section of the file."""
    try:
        if path.stat().st_size > _MAX_YAML:
            raise ModelError(f"{path}: larger than {_MAX_YAML} bytes", _WHOLE)
        text = path.read_text(encoding="utf-8")
        _refuse_tricks(path, text)
        published: _Published = converted(yaml.safe_load(text), _Published)
        return published.arch
    except FileNotFoundError:
        raise ModelError(f"{path.parent}: there is no 'all_config.yaml'", _WHOLE) from None
    except RecordError as error:
        raise ModelError(f"{path}: {error}", _WHOLE) from None
    # numbers and dates that cannot be leave safe_load as they come
    except (OSError, ValueError, ArithmeticError, yaml.YAMLError) as error:
        raise ModelError(f"{path}: cannot be read ({type(error).__name__})", _WHOLE) from error


def _refuse_tricks(path: Path, text: str) -> None:
    """Refuse aliases (which can multiply), tags and deep nesting; settings need none of them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ModelError(f"{path}: anchors and aliases are not allowed", _WHOLE)
        if getattr(event, "tag", None):
            raise ModelError(f"{path}: tags are not allowed", _WHOLE)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise ModelError(f"{path}: nested deeper than {_MAX_DEPTH} levels", _WHOLE)


def official_settings(config: HRMConfig) -> dict[str, Any]:
    """The `arch` section for `config`, as far as the layout can express it; what the weights show
    is left to them. Raises `ValueError` for a width of the SwiGLU that no `expansion` gives,
    because the reference computes the width from that."""
    recursive = not config.high_layers
    sizes = {config.hidden: config.intermediate}
    if config.token_intermediate:
        sizes[config.cells + config.prefix] = config.token_intermediate
    likely = (4.0, *(round(1.5 * width / size, 4) for size, width in sizes.items()))
    fits = [e for e in likely if all(_width(size, e) == width for size, width in sizes.items())]
    if not fits:
        raise ValueError("expansion")
    arch: dict[str, Any] = {
        "name": _CLASSES[recursive],
        "loss": {"name": "losses@ACTLossHead", "loss_type": "stablemax_cross_entropy"},
        "H_cycles": config.high_cycles,
        "L_cycles": config.low_cycles,
        "H_layers": config.high_layers,
        "L_layers": config.low_layers,
        "hidden_size": config.hidden,
        "num_heads": config.heads,
        "expansion": fits[0],
        "puzzle_emb_ndim": config.puzzle_width,
        "pos_encodings": config.positions,
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.norm_eps,
        "halt_max_steps": 16,
        "halt_exploration_prob": 0.1,
    }
    if recursive:
        arch |= {"puzzle_emb_len": config.prefix, "mlp_t": bool(config.token_intermediate)}
    if recursive or config.halting == "halt_only":
        arch["no_ACT_continue"] = config.halting == "halt_only"
    return arch


def _width(size: int, expansion: float) -> int:
    """The width of the reference's SwiGLU."""
    return -(-round(expansion * size * 2 / 3) // 256) * 256


def _shape(weights: Mapping[str, Tensor], name: str, folder: Path) -> tuple[int, int]:
    if name not in weights:
        raise ModelError(f"{folder}: weight {name!r} is missing", _REFETCH)
    shape = tuple(weights[name].shape)
    if len(shape) != 2 or 0 in shape:
        raise ModelError(f"{folder}: weight {name!r} has shape {shape}, not of a matrix", _REFETCH)
    return shape


def config_of(arch: Mapping[str, Any], weights: Mapping[str, Tensor], folder: Path) -> HRMConfig:
    """Build the configuration from the settings in `arch` and the shapes of the weights, under our
    names; `folder` is for the message of a `ModelError`."""
    try:
        return _joined(converted(arch, _Architecture), weights, folder)
    except ValueError as error:
        raise ModelError(f"{folder / CONFIG}, arch: {error}", _WHOLE) from error


def _joined(given: _Architecture, weights: Mapping[str, Tensor], folder: Path) -> HRMConfig:
    vocabulary, hidden = _shape(weights, "embed_tokens", folder)
    recursive = "high.layers.0.mlp.down.weight" not in weights
    _, intermediate = _shape(weights, "low.layers.0.mlp.down.weight", folder)
    ids = width = prefix = 0
    if "puzzle_embedding" in weights:
        ids, width = _shape(weights, "puzzle_embedding", folder)
        # HRM: as many tokens as the embedding fills; TRM may ask for more
        default = 16 if recursive else 0
        asked = default if given.puzzle_emb_len is None else given.puzzle_emb_len
        prefix = asked or -(width // -hidden)
    cells = token_width = 0
    if given.pos_encodings == "learned":
        cells = _shape(weights, "embed_positions", folder)[0] - prefix
    if given.mlp_t:
        total, token_width = _shape(weights, "low.layers.0.token_mlp.down.weight", folder)
        cells = total - prefix
    if given.H_layers is None and not recursive:
        raise RecordError("it has no H_layers")
    halt_only = recursive if given.no_ACT_continue is None else given.no_ACT_continue
    return HRMConfig(
        vocabulary=vocabulary,
        hidden=hidden,
        heads=given.num_heads,
        intermediate=intermediate,
        high_layers=0 if recursive else given.H_layers or 0,
        low_layers=given.L_layers,
        high_cycles=given.H_cycles,
        low_cycles=given.L_cycles,
        gradient="last_cycle" if recursive else "one_step",
        positions=given.pos_encodings,  # type: ignore[arg-type]  # HRMConfig checks it
        cells=cells,
        token_intermediate=token_width,
        prefix=prefix,
        puzzle_ids=ids,
        puzzle_width=width,
        halting="halt_only" if halt_only else "q_learning",
        rope_theta=given.rope_theta,
        norm_eps=given.rms_norm_eps,
    )
