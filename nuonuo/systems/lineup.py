"""Every system under the name that charts give it."""

from collections.abc import Callable

from nuonuo.maths.association import power, winner
from nuonuo.systems.attractor import Attractor
from nuonuo.systems.coded import Coder
from nuonuo.systems.hebbian import Hebbian
from nuonuo.systems.modern import ModernHopfield, Nearest
from nuonuo.systems.protocol import System
from nuonuo.systems.recurrent import Recurrent
from nuonuo.systems.spiking import LIFHopfield, SpikingWTA
from nuonuo.systems.two_stage import NuoNuo, TwoStage
from nuonuo.systems.wta_hopfield import WtaHopfield

NEAREST = "nearest neighbour"
KINDS = {  # families of systems by what they have in common
    "NuoNuo": ("NuoNuo (default)", "NuoNuo"),
    "softmax": ("two-stage", "modern Hopfield"),
    "codes": ("WTA-Hopfield", "dense memory", "nearest code"),
    "Hebbian": ("flat Hebbian", "attractor", "recurrent"),
    "spiking": ("spiking WTA", "spiking LIF"),
}


def lineup(coder: Coder) -> dict[str, Callable[[], System]]:
    """How to make each system, for embeddings of the coder's dimension; systems over codes share the coder."""
    d, seed = coder.d, coder.seed
    return {
        NEAREST: lambda: Nearest(d),
        "NuoNuo (default)": lambda: NuoNuo(d, seed),
        "two-stage, β 8": lambda: TwoStage(d, 8.0),
        "two-stage, β 16": lambda: TwoStage(d, 16.0),
        "two-stage, β 50": lambda: TwoStage(d, 50.0),
        "modern Hopfield, β 8": lambda: ModernHopfield(d, 8.0),
        "modern Hopfield, β 32": lambda: ModernHopfield(d, 32.0),
        "WTA-Hopfield, β 4": lambda: WtaHopfield(coder, 4.0),
        "WTA-Hopfield, β 8": lambda: WtaHopfield(coder, 8.0),
        "WTA-Hopfield, β 16": lambda: WtaHopfield(coder, 16.0),
        "dense memory, power 3": lambda: Hebbian(coder, power(3)),
        "nearest code": lambda: Hebbian(coder, winner()),
        "flat Hebbian": lambda: Hebbian(coder),
        "attractor": lambda: Attractor(coder),
        "recurrent, inhibition 0.1": lambda: Recurrent(coder, 0.1),
        "recurrent, inhibition 0.5": lambda: Recurrent(coder, 0.5),
        "recurrent, inhibition 1": lambda: Recurrent(coder, 1.0),
        "spiking WTA, 64 spikes": lambda: SpikingWTA(d, 32.0, 64, seed),
        "spiking LIF, 20 steps": lambda: LIFHopfield(d, 20),
    }
