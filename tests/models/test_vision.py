"""Pictures as sequences: equal to two other Vision Transformers, patch by patch."""

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import ViTConfig, ViTForImageClassification

from n2t.models import VisionTransformer, VisionTransformerConfig, patches
from n2t.models.vision import PLACES, POOLINGS, Grid

close = {"atol": 1e-10, "rtol": 1e-10}
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "n_class": 3}


def made(image_size=6, patch_size=2, **options):
    torch.manual_seed(0)
    fields = small | {"dropout": 0.0, "n_channel": 2} | options
    config = VisionTransformerConfig(image_size, patch_size, **fields)
    return VisionTransformer(config).double().eval()


def pictures(n=3, channels=2, side=6):
    return torch.randn(n, channels, side, side, dtype=torch.float64)


def test_patches_are_cut_row_by_row_and_so_are_their_pixels():
    images = pictures(side=6)
    got = patches(images, 2)
    assert got.shape == (3, 9, 8)
    for row in range(3):
        for column in range(3):
            area = images[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            assert torch.equal(got[:, 3 * row + column], area.reshape(3, 8))


def test_patches_of_a_picture_that_is_not_square_are_those_of_unfold():
    images = torch.randn(2, 3, 4, 10)
    wanted = nn.Unfold(2, stride=2)(images).transpose(1, 2)
    assert torch.equal(patches(images, 2), wanted)


@pytest.mark.parametrize(
    ("shape", "size", "said"),
    [
        ((2, 1, 6, 6), 4, r"height \(6\) must be divisible by size \(4\)"),
        ((2, 1, 8, 6), 4, r"width \(6\) must be divisible by size \(4\)"),
        ((2, 6, 6), 2, r"images must be \(B, C, H, W\), got \(2, 6, 6\)"),
        ((2, 1, 6, 6), 0, "size"),
    ],
)
def test_what_cannot_be_cut_is_named(shape, size, said):
    with pytest.raises(ValueError, match=said):
        patches(torch.zeros(shape), size)


class Reference(nn.Module):
    """A Vision Transformer of torch's own parts, its patches cut by a convolution."""

    def __init__(self, config):
        super().__init__()
        D, P = config.d_model, config.patch_size
        self.cut = nn.Conv2d(config.n_channel, D, P, stride=P)
        layer = nn.TransformerEncoderLayer(
            D,
            config.n_head,
            config.d_ff,
            0.0,
            "gelu",
            batch_first=True,
            norm_first=True,
        )
        self.stack = nn.TransformerEncoder(
            layer, config.n_layer, nn.LayerNorm(D), enable_nested_tensor=False
        )
        self.first = nn.Parameter(torch.zeros(1, 1, D))
        self.places = nn.Parameter(torch.zeros(config.n_patch, D))
        self.output = nn.Linear(D, config.n_class)

    def forward(self, images):
        x = self.cut(images).flatten(2).transpose(1, 2) + self.places
        x = torch.cat([self.first.expand(len(x), 1, -1), x], 1)
        return self.output(self.stack(x)[:, 0])


@torch.no_grad()
def give(model, other):
    """Copy a model's weights into the reference."""
    other.cut.weight.copy_(model.embedding.weight.reshape(other.cut.weight.shape))
    other.cut.bias.copy_(model.embedding.bias)
    other.first.copy_(model.class_token)
    other.places.copy_(model.positions.table)
    for ours, theirs in zip(model.layers, other.stack.layers, strict=True):
        attention, forward = ours.self_attention, ours.feed_forward
        names = ("project_query", "project_key", "project_value")
        parts = [getattr(attention, name) for name in names]
        theirs.self_attn.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        pairs = [(theirs.self_attn.out_proj, attention.project_output)]
        pairs += [(theirs.linear1, forward.expand)]
        pairs += [(theirs.linear2, forward.contract)]
        pairs += [(theirs.norm1, ours.norm_attention)]
        pairs += [(theirs.norm2, ours.norm_feed_forward)]
        for theirs_part, ours_part in pairs:
            theirs_part.load_state_dict(ours_part.state_dict())
    other.stack.norm.load_state_dict(model.norm.state_dict())
    other.output.load_state_dict(model.output.state_dict())


def test_it_equals_a_model_of_torchs_own_parts():
    model = made()
    other = Reference(model.config).double().eval()
    give(model, other)
    images = pictures()
    torch.testing.assert_close(model(images), other(images), **close)


def test_it_equals_the_published_model_of_transformers():
    epsilon = 1e-12
    config = ViTConfig(
        hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        image_size=6, patch_size=2, num_channels=2, num_labels=3,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        layer_norm_eps=epsilon,
    )  # fmt: skip
    torch.manual_seed(1)
    theirs = ViTForImageClassification(config).double().eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.normal_(std=0.5)
    model = made(norm_epsilon=epsilon)
    model.load_state_dict(renamed(theirs.state_dict()))
    images = pictures()
    torch.testing.assert_close(model(images), theirs(images).logits, **close)


def renamed(weights):
    """Weights of transformers' model under this model's names."""
    places = weights.pop("vit.embeddings.position_embeddings")[0]
    first = weights.pop("vit.embeddings.cls_token")[0, 0]
    found = {"class_token": first + places[0], "positions.table": places[1:]}
    parts = {
        "vit.embeddings.patch_embeddings.projection": "embedding",
        "vit.layernorm": "norm",
        "classifier": "output",
    }
    inside = {
        "attention.q_proj": "self_attention.project_query",
        "attention.k_proj": "self_attention.project_key",
        "attention.v_proj": "self_attention.project_value",
        "attention.o_proj": "self_attention.project_output",
        "mlp.fc1": "feed_forward.expand",
        "mlp.fc2": "feed_forward.contract",
        "layernorm_before": "norm_attention",
        "layernorm_after": "norm_feed_forward",
    }
    for name, value in weights.items():
        stem, kind = name.rsplit(".", 1)
        if stem.startswith("vit.layers."):
            number, part = stem.removeprefix("vit.layers.").split(".", 1)
            found[f"layers.{number}.{inside[part]}.{kind}"] = value
        else:
            found[f"{parts[stem]}.{kind}"] = (
                value.flatten(1) if value.dim() == 4 else value
            )
    return found


def shuffled(images, size, order):
    """The pictures with their patches in another order."""
    B, C, side, _ = images.shape
    rows = patches(images, size)[:, order].transpose(1, 2)
    return nn.Fold((side, side), size, stride=size)(rows).reshape(B, C, side, side)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("position", PLACES)
def test_the_order_of_patches_matters_where_they_have_places(position, pooling):
    model = made(position=position, pooling=pooling)
    images = pictures()
    order = torch.tensor([1, 0, 2, 5, 4, 3, 8, 7, 6])
    apart = (model(shuffled(images, 2, order)) - model(images)).abs().max()
    assert apart < 1e-12 if position == "none" else apart > 1e-6


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("position", PLACES)
def test_a_picture_is_read_alike_alone_and_among_others(position, pooling):
    model = made(position=position, pooling=pooling)
    images = pictures(4)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(alone, model(images), **close)
    images.requires_grad_()
    model(images)[1].sum().backward()
    others = images.grad[[0, 2, 3]]
    assert (others == 0).all() and (images.grad[1] != 0).any()


def test_a_place_of_the_grid_says_its_row_and_its_column():
    x = Grid(8, 2, 3).embed(torch.zeros(1, 6, 8))[0].reshape(2, 3, 8)
    for row in range(2):
        for column in range(3):
            for half, place in ((0, row), (4, column)):
                angle = torch.tensor([place, place / 100.0])
                said = x[row, column, half : half + 4]
                torch.testing.assert_close(said[0::2], angle.sin())
                torch.testing.assert_close(said[1::2], angle.cos())


def test_the_mean_is_over_the_patches_and_needs_no_class_vector():
    model = made(pooling="mean")
    assert model.class_token is None
    images = pictures()
    wanted = model.output(model.features(images).mean(1))
    torch.testing.assert_close(model(images), wanted, **close)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("position", PLACES)
def test_a_saved_model_is_the_same_model(position, pooling, tmp_path):
    model = made(position=position, pooling=pooling).float()
    again = VisionTransformer.from_pretrained(model.save_pretrained(tmp_path))
    images = pictures().float()
    assert torch.equal(again(images), model(images)) and again.config == model.config


def test_attention_is_over_the_class_vector_and_all_patches():
    maps = made().attention_maps(pictures())
    assert list(maps) == ["layers.0.self_attention", "layers.1.self_attention"]
    for weights in maps.values():
        assert weights.shape == (3, 2, 10, 10)
        torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_operations_are_counted_as_torch_counts_them(pooling):
    model = made(pooling=pooling)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(pictures())
    assert model.forward_flops(3) == counter.get_total_flops()


@pytest.mark.parametrize(
    ("images", "error", "said"),
    [
        (torch.zeros(2, 6, 6), ValueError, r"\(B, 2, 6, 6\), .* got \(2, 6, 6\)"),
        (torch.zeros(2, 6, 6, 2), ValueError, "channels before rows"),
        (torch.zeros(2, 2, 8, 8), ValueError, r"got \(2, 2, 8, 8\)"),
        (torch.zeros(2, 2, 6, 6, dtype=torch.uint8), TypeError, "divide bytes by 255"),
    ],
)
def test_pictures_that_do_not_fit_are_named(images, error, said):
    with pytest.raises(error, match=said):
        made()(images)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"patch_size": 4}, r"image_size \(6\) must be divisible by patch_size \(4\)"),
        ({"position": "rotary"}, "rotary"),
        ({"pooling": "max"}, "max"),
        ({"position": "sinusoidal", "d_model": 6}, "divisible by 4"),
    ],
)
def test_sizes_that_do_not_fit_are_named(options, said):
    with pytest.raises(ValueError, match=said):
        made(**options)
