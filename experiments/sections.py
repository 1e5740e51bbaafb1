"""The sections of a spec: strict tables. An unknown key, a wrong type or a number out of range is an error, never a guess.

A section that names a registry entry (data set, rule, decorrelation rule, write scheme) takes that entry's options beside its own fields.
"""

from typing import Any, Literal

from pydantic import Field, model_validator

from experiments.strict import Count, NonNegative, Positive, Section, Share, Whole
from experiments.switching import Switching

Number = float | int | bool | str | list[float]
"""What a field of an aihwkit dataclass can be set to in a spec."""


class Data(Section):
    """[data]: the data set, and how much of it.

    Attributes:
        name: a file of ``experiments/data``.
        train_size: training samples; 0 takes all that are left beside the validation part.
        validation_size: samples cut from the training part, never from the test part.
        test_size: test samples; 0 takes all.
        centre: subtract the training part's mean of every feature.
        scale: divide by the training part's standard deviation over all features.
        mean: subtract these numbers, one per channel, instead of what ``centre`` finds.
        std: divide by these numbers, one per channel, instead of what ``scale`` finds.
        pad: black pixels around a training picture, before a random window is cut out of it.
        crop: side of the window [pixels]; 0 is the picture's own. Pictures are judged on the middle window.
        flip: mirror half of the training pictures, anew in every epoch.
    """

    name: str = "digits"
    train_size: Count = 0
    validation_size: Count = 0
    test_size: Count = 0
    centre: bool = False
    scale: bool = False
    mean: tuple[float, ...] = ()
    std: tuple[Positive, ...] = ()
    pad: Count = 0
    crop: Count = 0
    flip: bool = False

    @model_validator(mode="after")
    def _numbers_or_measured(self) -> "Data":
        for given, measured in (("mean", "centre"), ("std", "scale")):
            if getattr(self, given) and getattr(self, measured):
                raise ValueError(f"give either {given} or {measured} = true, not both")
        if self.pad and self.centre:
            raise ValueError("pad needs to know what black has become: give mean, one number per channel, instead of centre = true")
        return self


class Network(Section):
    """[network]: the layers; their sizes (``hidden`` and others) are options of the network's file.

    Attributes:
        layers: a file of ``experiments/networks``, or ``module:function`` (see ``experiments/factories``).
        activation: between layers; leaky_relu has slope 0.01, as in arXiv 2407.10780.
        bias: a digital bias behind every array.
        initial: weights of variance 2 / I for I input lines (he), or 1 / 3 I, as torch's own layers start (torch); biases start at 0.
        norm: batch normalisation, without a learned scale or shift, of what every layer but the last gives; each chip has its own.
    """

    layers: str = "mlp"
    activation: Literal["leaky_relu", "relu", "tanh"] = "leaky_relu"
    bias: bool = True
    initial: Literal["he", "torch"] = "he"
    norm: Literal["none", "batch"] = "none"


class Device(Section):
    """[device]: the cell of an array, and its spread.

    Attributes:
        preset: a file of ``device_models/presets``, or a cell file (.toml) as ``analogdecor fit`` writes; the default holds where no
            class is given.
        preset_sha256: of a cell file; fills itself in, so that a spec means the same cell for ever: a file that has changed is refused.
        device_class: instead of a preset an aihwkit device class, written ``class``.
        switching: instead of a preset, a ferroelectric cell by its switching physics.
        response: fields of the aihwkit device, set to absolute values before the multipliers apply.
        c2c: multiplies the cycle-to-cycle spread [1].
        d2d: multiplies the device-to-device spread [1].
        read: multiplies the read noise [1].
        compound: one of aihwkit's compounds around the device, as BufferedTransferCompound (host = "hosted", write.scheme = "direct").
        compound_fields: fields of the compound.
    """

    preset: str = "fefet_jerry2017_mirror"
    preset_sha256: str = ""
    device_class: str = Field(default="", alias="class")
    switching: Switching | None = None
    response: dict[str, Number] = Field(default_factory=dict)
    c2c: NonNegative = 1.0
    d2d: NonNegative = 1.0
    read: NonNegative = 1.0
    compound: str = ""
    compound_fields: dict[str, Number] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _no_default_beside_a_class(cls, table: Any) -> Any:
        other = isinstance(table, dict) and (table.get("class") or table.get("switching") is not None)
        return {"preset": "", **table} if other else table

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "Device":
        if self.compound_fields and not self.compound:
            raise ValueError(f"compound_fields = {self.compound_fields!r} need a compound that they are of")
        named = [f"{name} = {value!r}" for name, value in (("preset", self.preset), ("class", self.device_class)) if value]
        given = [*named, *(["switching"] if self.switching else [])]
        if len(given) != 1:
            raise ValueError(f"give either preset or class or switching, not {' with '.join(given) or 'none of them'}")
        return self


class Periphery(Section):
    """[array]: the host and what surrounds the cells.

    Attributes:
        host: who simulates the cells: our vectorised array (pulsed), aihwkit's tiles (hosted), the domains of a ferroelectric cell one
            by one (domains), or exact arithmetic.
        device: where pulsed and exact arrays are simulated: on the CPU, or on an NVIDIA GPU.
        dtype: format of exact arrays; those on cells compute in float32.
        dac_bits: resolution of the input converters; 0 is off.
        adc_bits: resolution of the output converters; 0 is off.
        out_noise: standard deviation of the noise before the ADC, in the array's weight units [1].
        ir_drop: scale of the voltage drop along the wires [1]; 1 is physical, 0 is none.
        max_rows: output lines of the largest array that can be built; a bigger matrix is split; 0 is unlimited.
        max_columns: input lines, likewise.
        technology: what reads, converters, wires and digital work cost, a file of ``crossbar/technologies``.
        weight_range: the cells' range [-1, 1] holds +- this many standard deviations of the initial weights [1].
        forward: further fields of aihwkit's IOParameters, for reads.
        backward: the same for transposed reads.
    """

    host: Literal["pulsed", "hosted", "domains", "exact"] = "pulsed"
    device: Literal["cpu", "cuda"] = "cpu"
    dtype: Literal["float64", "float32"] = "float64"
    dac_bits: Count = 7
    adc_bits: Count = 9
    out_noise: NonNegative = 0.06
    ir_drop: NonNegative = 0.0
    max_rows: Count = 0
    max_columns: Count = 0
    technology: str = "isaac_32nm"
    weight_range: Positive = 8.0
    forward: dict[str, Number] = Field(default_factory=dict)
    backward: dict[str, Number] = Field(default_factory=dict)


class Weight(Section):
    """[weight]: how many cells hold a weight, and how.

    Attributes:
        kind: a file of ``crossbar/multicell``.
    """

    kind: str = "single"


class Write(Section):
    """[write]: how a wanted change becomes pulses.

    Attributes:
        scheme: a file of ``crossbar/writes``.
    """

    scheme: str = "accumulate"


class Optimizer(Section):
    """[optimizer]: what the digital side makes of a batch's outer products for W and b; R always takes them as they are.

    Attributes:
        name: a file of ``crossbar/optimizers``. All but sgd assume digital hardware: array.host = "exact" and write.scheme = "direct".
    """

    name: str = "sgd"


class Rule(Section):
    """[rule]: the learning rule; its hyper-parameters (``lr`` and others) are fields of its dataclass.

    Attributes:
        name: a file of ``analogdecor/rules``.
    """

    name: str = "anp"


class Decorrelation(Section):
    """[decorrelation]: the decorrelators in front of the weight arrays.

    Attributes:
        name: a file of ``analogdecor/decorrelation``, or none.
        on: where R lives: in a digital register or on a crossbar; none switches decorrelation off and keeps every other setting.
        range: on a crossbar, the cells' range [-1, 1] holds +- this much of A = R - I (of R itself where ``full``) [1].
        full: on a crossbar, hold the whole R instead of its deviation from the identity.
        centring: what is subtracted before decorrelation: a running mean, the batch's mean, or nothing.
        momentum: of the running mean [1].
        block: lines of the largest block of R: R is block-diagonal, each block an array of its own; 0 is a whole R.
        rank: instead of blocks R = 1 + U V^T on two arrays of this rank (at most the lines), whose cells hold +- sqrt(range); 0 is a
            whole R.
        iterations: reads until a lateral R (recurrent) is taken as settled.
        damping: step of a lateral R's relaxation [1].
        device: cell of R's array; that of [device] where it is not given.
        weight: cells of one weight of R's array; those of [weight] where it is not given.
        write: write scheme of R's array; that of [write] where it is not given.
    """

    name: str = "scaled"
    on: Literal["none", "digital", "crossbar"] = "crossbar"
    range: Positive = 0.05
    full: bool = False
    centring: Literal["running", "batch", "none"] = "running"
    momentum: Share = 0.1
    block: Count = 0
    rank: Count = 0
    iterations: Whole = 20
    damping: Positive = 0.5
    device: Device | None = None
    weight: Weight | None = None
    write: Write | None = None

    @model_validator(mode="after")
    def _one_form_of_r(self) -> "Decorrelation":
        if self.rank and (self.block or self.full):
            other = f"block = {self.block}" if self.block else "full = true"
            raise ValueError(f"give either rank = {self.rank} or {other}, not both")
        return self

    def numbers(self, lines: int) -> int:
        """How many numbers R is made of, for so many input lines."""
        return 2 * min(self.rank, lines) * lines if self.rank else lines * min(self.block or lines, lines)


class Feedback(Section):
    """[feedback]: the fixed arrays B that carry the error back (fa, dfa).

    Attributes:
        on: digital registers, or arrays on cells of their own, read through the same converters as all others.
        device: cell of these arrays; that of [device] where it is not given.
        range: the cells' range [-1, 1] holds +- this many standard deviations of B [1].
        rounds: B is programmed by pulses, open loop, and then read and corrected this many times; what is left is how imperfect it is.
        reads: reads averaged for each correction.
    """

    on: Literal["digital", "crossbar"] = "digital"
    device: Device | None = None
    range: Positive = 4.0
    rounds: Count = 0
    reads: Whole = 1


class Train(Section):
    """[train]: the loop.

    Attributes:
        epochs: passes over the training part.
        batch_size: samples per step.
        seed: of everything random: initial weights, device draw, data order, perturbations, each from its own stream.
        loss: as in ``analogdecor.losses``.
        snapshots: of every cell's weight, conductance, pulses and, on our own host, whether it is dead, into the results: at the end of the
            training, or at every epoch.
        probes: further measures of every epoch, files of ``experiments/probes``.
    """

    epochs: Count = 10
    batch_size: Whole = 64
    seed: Count = 0
    loss: Literal["cross_entropy", "squared_error"] = "cross_entropy"
    snapshots: Literal["none", "last", "every"] = "none"
    probes: tuple[str, ...] = ()
