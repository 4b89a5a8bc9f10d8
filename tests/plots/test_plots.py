"""Figures: the palette is legible on both grounds, matrices are drawn as given."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
import torch
from contrast import contrast

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from n2t import plots  # noqa: E402
from n2t.training import History  # noqa: E402

pytestmark = pytest.mark.usefixtures("style")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_query_key_value_and_position_have_four_different_colors():
    roles = ["query", "key", "value", "position", "head"]
    assert len({plots.COLORS[role] for role in roles}) == len(roles)


def test_an_unknown_role_is_refused_with_the_list_of_roles():
    with pytest.raises(ValueError, match="role .'colour'. must be one of query"):
        plots.sequential("colour")


def test_figures_stand_on_white_wherever_a_notebook_is_read():
    fig, ax = plt.subplots()
    assert fig.get_facecolor() == (1, 1, 1, 1) and ax.get_facecolor()[3] == 0
    assert tuple(fig.get_size_inches()) == plots.SIZE


def test_a_heatmap_writes_each_value_in_its_own_cell():
    ax = plots.heatmap([[0.1, 0.9], [0.25, 0.75]])
    placed = {text.get_position(): text.get_text() for text in ax.texts}
    assert placed == {(0, 0): "0.10", (1, 0): "0.90", (0, 1): "0.25", (1, 1): "0.75"}


def test_a_heatmap_colors_rows_from_the_top_and_columns_from_the_left():
    matrix = np.arange(6.0).reshape(2, 3)
    ax = plots.heatmap(matrix)
    assert (ax.images[0].get_array() == matrix).all()
    assert list(ax.images[0].get_extent()) == [-0.5, 2.5, 1.5, -0.5]


def test_numbers_in_cells_stand_out_from_every_color_of_the_map():
    ax = plots.heatmap(np.linspace(0, 1, 32).reshape(4, 8))
    image = ax.images[0]
    for text, value in zip(ax.texts, np.linspace(0, 1, 32), strict=True):
        assert contrast(text.get_color(), image.cmap(image.norm(value))[:3]) > 4


def test_a_heatmap_takes_a_tensor_that_needs_a_gradient():
    ax = plots.heatmap(torch.eye(3, dtype=torch.bfloat16, requires_grad=True))
    assert (ax.images[0].get_array() == np.eye(3)).all()


def test_a_signed_heatmap_is_symmetric_around_zero():
    ax = plots.heatmap([[-1.0, 3.0]], role="diverging")
    assert ax.images[0].get_clim() == (-3, 3)


def test_cells_without_a_number_stay_empty():
    assert texts(plots.heatmap([[1.0, np.nan]])) == ["1.00"]


def test_rows_and_columns_carry_the_names_that_were_given():
    ax = plots.heatmap(np.ones((2, 3)), rows=["a", "b"], columns=["x", "y", "z"])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z"]


def test_too_few_names_are_refused():
    with pytest.raises(ValueError, match="1 names came for 2 rows"):
        plots.heatmap(np.ones((2, 3)), rows=["a"])


def test_a_batch_is_refused_with_advice():
    with pytest.raises(ValueError, match=r"\(1, 2, 3\): pick one batch entry"):
        plots.heatmap(np.ones((1, 2, 3)))


def test_a_mask_is_filled_where_true_and_crossed_where_false():
    mask = np.array([[True, False, False], [True, True, False]])
    ax = plots.draw_mask(mask)
    filled = [p.get_xy() for p in ax.patches if p.get_fill()]
    assert {(round(x), round(y)) for x, y in filled} == {(0, 0), (0, 1), (1, 1)}
    assert len(ax.lines) == 2 * (~mask).sum()
    assert all(isinstance(patch, Rectangle) for patch in ax.patches)


def test_a_mask_of_numbers_is_refused_because_its_polarity_is_unknown():
    with pytest.raises(TypeError, match="mask must be boolean, got float64"):
        plots.draw_mask(np.ones((2, 2)))


def test_every_head_has_a_panel_of_its_own_and_all_share_one_scale():
    heads = np.linspace(0, 0.9, 30).reshape(5, 2, 3)
    fig = plots.attention_maps(heads, n_column=3)
    shown = [ax for ax in fig.axes if ax.images]
    for ax, head in zip(shown, heads, strict=True):
        assert (ax.images[0].get_array() == head).all()
    assert [ax.get_title() for ax in shown] == [f"head {h}" for h in range(5)]
    assert {ax.images[0].get_clim() for ax in shown} == {(0, 1)}


def test_stacked_bars_stand_on_one_another_and_share_their_parts():
    groups = {"a": {"x": 2e6, "y": 1e6}, "b": {"x": 3e6, "y": 5e6}}
    ax = plots.stacked_bars(groups, unit=1e6, ylabel="million")
    shown = [(bar.get_y(), bar.get_height()) for bar in ax.patches]
    assert shown == [(0, 2), (0, 3), (2, 1), (3, 5)]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y"]
    with pytest.raises(ValueError, match=r"groups\['c'\] has \['y'\], wanted"):
        plots.stacked_bars(groups | {"c": {"y": 1.0}})


def test_curves_take_the_colors_of_their_roles_and_skip_what_is_not_finite():
    ax = plots.curves({"train": [3.0, 2.0], "validation": ([1, 2], [np.nan, 1.0])})
    train, validation = ax.lines
    assert train.get_color() == plots.COLORS["train"]
    assert validation.get_color() == plots.COLORS["validation"]
    assert list(validation.get_xdata()) == [2]


def test_a_history_is_drawn_without_the_loss_it_does_not_have():
    short = History(steps=[10, 20], train_loss=[2.0, 1.0])
    (train,) = plots.curves(short).lines
    assert list(train.get_xdata()) == [10, 20]
    with pytest.raises(ValueError, match="history must have train_loss"):
        plots.curves(object())


def test_a_history_is_drawn_at_the_steps_of_its_training_and_of_its_validations():
    curves = History(
        steps=[5, 10, 15],
        train_loss=[3.0, 2.5, 2.0],
        validation_steps=[7, 14],
        validation_loss=[2.8, 2.1],
    )
    train, validation = plots.curves(curves).lines
    assert train.get_xydata().tolist() == [[5, 3.0], [10, 2.5], [15, 2.0]]
    assert validation.get_xydata().tolist() == [[7, 2.8], [14, 2.1]]


def test_a_canvas_measures_in_inches():
    ax = plots.canvas(4, 2)
    assert tuple(ax.figure.get_size_inches()) == (4, 2)
    corner = ax.transData.transform((4, 2)) / ax.figure.dpi
    assert np.allclose(corner, (4, 2))


def test_what_is_to_come_is_outlined_and_not_filled():
    ax = plots.canvas()
    plots.box(ax, (1, 1), "later", role="query", dashed=True)
    assert ax.patches[0].get_facecolor()[3] == 0
    assert ax.patches[0].get_linestyle() == "--"


def test_chinese_is_drawn_or_spelled_out_but_never_a_missing_glyph(recwarn):
    ax = plots.canvas(2, 1)
    plots.note(ax, (1, 0.5), "注意力 → attention \U0010fffd")
    ax.figure.canvas.draw()
    assert "U+10FFFD" in texts(ax)[0]
    assert not [w for w in recwarn if "missing from" in str(w.message)]


TOKENS = ["$$", "$i$", "a$b$c", "_x", "\\$5", "$x^{$", "100%"]


def drawn():
    """Everything that is drawn with text from data in it, by name: a list of Text."""
    n, named = len(TOKENS), dict.fromkeys(TOKENS, [1.0, 2.0])
    square = np.eye(n)
    names = {"rows": TOKENS, "columns": TOKENS}
    titles = {"title": "$t$", "xlabel": "$t$", "ylabel": "$t$"}
    for draw, matrix in ((plots.heatmap, square), (plots.draw_mask, square > 0)):
        ax = draw(matrix, **names, **titles)
        yield from (ax.get_xticklabels(), ax.get_yticklabels())
        yield [ax.title, ax.xaxis.label, ax.yaxis.label]
    for ax in plots.attention_maps([square] * n, titles=TOKENS, **names).axes[:n]:
        yield [ax.title]
    ax = plots.curves(named, xlabel="$t$", ylabel="$t$")
    yield from (ax.get_legend().get_texts(), [ax.xaxis.label, ax.yaxis.label])
    ax = plots.stacked_bars(
        {token: dict.fromkeys(TOKENS, 1.0) for token in TOKENS}, ylabel="$t$"
    )
    yield from (ax.get_legend().get_texts(), ax.get_xticklabels(), [ax.yaxis.label])
    ax = plots.canvas()
    plots.chain(ax, (0, 0), TOKENS)
    plots.note(ax, (0, 1), "$t$")
    plots.arrow(ax, (0, 0), (0, 1), "$t$")
    yield [text for text in ax.texts if text.get_text()]
    yield [plots.transformer_diagram(layers="$t$").texts[-1]]
    points = [[0, 0], [1, 1]]
    yield [
        plots.decision_boundary(lambda p: p[:, 0], points, [0, 1], title="$t$").title
    ]


def test_tokens_are_drawn_as_they_are_and_never_as_formulas():
    shown = list(drawn())
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    for texts in shown:
        assert texts
        for text in texts:
            said = text.get_text()
            assert text._preprocess_math(said) == (said, False)
    said = [[text.get_text() for text in texts] for texts in shown]
    assert sum(names == TOKENS for names in said) == 4 + 3
    assert sum(names[: len(TOKENS)] == TOKENS for names in said) == 4 + 3 + 1


def test_a_legend_keeps_what_was_drawn_before():
    ax = plt.subplots()[1]
    ax.axhline(1.0, label="chance")
    plots.curves({"_a": [1.0], "b": [2.0]}, ax=ax)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["chance", "_a", "b"]


def test_a_label_may_have_two_lines():
    assert plots.readable("queries\n(2, 4)") == "queries\n(2, 4)"


def test_importing_plots_does_not_import_matplotlib():
    code = "import sys, n2t.plots; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_chain_has_a_box_for_each_name_and_an_arrow_between_neighbors():
    ax = plots.canvas(5, 1)
    centers = plots.chain(ax, (0.5, 0.5), ["a", "b", "c"], spacing=1.5)
    assert centers == [(0.5, 0.5), (2.0, 0.5), (3.5, 0.5)]
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 2 and len(ax.patches) == 3


def test_a_line_break_in_a_label_is_kept():
    assert plots.readable("two\nlines") == "two\nlines"


def test_the_decision_boundary_lies_where_the_score_is_zero():
    points = [[0, 0], [1, 1], [2, 2]]
    ax = plots.decision_boundary(lambda p: p[:, 0] - 0.7, points, [0, 1, 1])
    (line,) = [c for c in ax.collections if c.get_array().size == 1]
    (path,) = line.get_paths()
    np.testing.assert_allclose(path.vertices[:, 0], 0.7, atol=1e-9)


def test_points_and_classes_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match=r"positive \(3,\)"):
        plots.decision_boundary(lambda p: p[:, 0], [[0, 0], [1, 1]], [0, 1, 1])


def test_a_part_that_the_transformer_lacks_is_dashed():
    whole = plots.transformer_diagram()
    assert {patch.get_linestyle() for patch in whole.patches} == {"-"}
    assert {"memory", "cross-attention", "+ positions"} <= set(texts(whole))
    part = plots.transformer_diagram(("encoder", "output"), "1 layer")
    dashed = [patch.get_linestyle() for patch in part.patches].count("--")
    assert dashed == 7, "the decoder: its embedding, and three sublayers with norms"
    assert not {"memory", "+ positions"} & set(texts(part))
    assert "each stack:\n1 layer" in texts(part)


def test_an_unknown_part_of_the_transformer_is_refused():
    with pytest.raises(ValueError, match="coder.*encoder"):
        plots.transformer_diagram(("coder",))
