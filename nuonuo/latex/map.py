"""The equations of a map as LaTeX, with the numbers that were executed."""

from nuonuo.explain.map.maps import Map
from nuonuo.explain.map.neighbours import Kept
from nuonuo.explain.map.view import Asked


def layout(made: Map) -> str:
    """What the map minimises or projects on: PCA's projection, or UMAP's cross entropy (McInnes et al., Sec. 3.2)."""
    if made.axes is not None:
        parts = r" + ".join(rf"{100 * share:.1f}\%" for share in made.axes.explained)
        total = 100 * sum(made.axes.explained)
        d, dims = made.axes.W.shape
        return (
            rf"y = W^\top (k - \bar k), \quad W \in \mathbb{{R}}^{{{d} \times {dims}}}, \quad "
            rf"\text{{variance kept: }} {parts} = {total:.1f}\%"
        )
    s = made.settings
    return (
        r"\min_y \sum_{i \ne j} w_{ij} \ln \frac{w_{ij}}{v_{ij}} + (1 - w_{ij}) \ln \frac{1 - w_{ij}}{1 - v_{ij}},"
        rf"\quad v_{{ij}} = \frac{{1}}{{1 + {s['a']:.3f}\, \lVert y_i - y_j \rVert^{{2 \cdot {s['b']:.3f}}}}}"
    )


def umap_settings(made: Map) -> str:
    """The numbers that shaped a UMAP."""
    s = made.settings
    return (
        rf"\text{{{s['neighbours']} exact neighbours each}},\ \text{{min\_dist}} = {s['min_dist']:g},\ "
        rf"\text{{seed {s['seed']}, {s['epochs']} rounds, {len(made.ids)} memories}}"
    )


def question(asked: Asked, projected: bool) -> str:
    """Where the question is drawn: projected as a key, or at the mean of its candidates' places by attention."""
    spot = r"\,, ".join(f"{x:.2f}" for x in asked.path[0].tolist())
    if projected:
        return rf"y(\xi_0) = W^\top (\xi_0 - \bar k) = ({spot})"
    shown = asked.weight[:3].tolist()
    terms = " + ".join(rf"{p:.3f}\, y_{{{i}}}" for i, p in enumerate(shown, 1))
    rest = r" + \cdots" if len(asked.weight) > len(shown) else ""
    return rf"y(\xi) = \sum_i p_i(\xi)\, y_i, \qquad y(\xi_0) = {terms}{rest} = ({spot})"


def kept(kept: Kept, N: int) -> str:
    """The neighbourhood preservation of the map."""
    k = kept.k
    return (
        rf"Q = \frac{{1}}{{{kept.sample}}} \sum_{{i=1}}^{{{kept.sample}}} "
        rf"\frac{{\lvert N_{{{k}}}(i) \cap M_{{{k}}}(i) \rvert}}{{{k}}} = {kept.share:.3f},"
        rf"\qquad \text{{by chance }} \frac{{{k}}}{{{N} - 1}} = {kept.chance:.3f}"
    )


def kept_around(asked: Asked) -> str:
    """The same around the question."""
    k, share = asked.k, asked.kept
    return (
        rf"Q(\xi_0) = \frac{{\lvert N_{{{k}}}(\xi_0) \cap M_{{{k}}}(\xi_0) \rvert}}{{{k}}}"
        rf" = \frac{{{round(share * k)}}}{{{k}}} = {share:.2f}"
    )
