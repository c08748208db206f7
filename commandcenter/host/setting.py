"""A setting of a plugin as its manifest declares it: type, default, bounds, what it is called."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Literal

from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr

from commandcenter.domain.text import Text

Value = StrictBool | StrictInt | StrictFloat | StrictStr
TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,), "float": (int, float), "str": (str,), "bool": (bool,), "secret": (str,),
}  # fmt: skip
FLAGS = {"true": True, "1": True, "false": False, "0": False}
LONGEST = 4000
"""Letters of a value: a setting is no file."""


class Setting(BaseModel):
    """A setting of a plugin; a `secret` is given to the plugin and shown to nobody.

    `choices`, `min` and `max` (both inclusive) bound the value; a `required` setting may stay
    without a default, and the plugin is refused until somebody gives it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["int", "float", "str", "bool", "secret"]
    default: Value | None = None
    title: Text | None = None
    required: bool = False
    choices: tuple[Value, ...] = ()
    min: float | None = None
    max: float | None = None

    @property
    def is_secret(self) -> bool:
        """Whether nobody may see its value."""
        return self.type == "secret"

    @property
    def initial(self) -> Value | None:
        """The value where nobody gives one, None for a required one without a default."""
        return "" if self.is_secret and not self.required else self.default

    def fits(self, value: object) -> bool:
        """Tell whether a value has the type of this setting."""
        if isinstance(value, bool):
            return self.type == "bool"
        return isinstance(value, TYPES[self.type])

    def fault(self, value: object) -> str:
        """Return what is wrong with a value, as the end of a sentence; nothing if all is well."""
        if not self.fits(value):
            return f"is no {'str' if self.is_secret else self.type}"
        if isinstance(value, str) and len(value) > LONGEST:
            return f"has {len(value)} letters, {LONGEST} are allowed"
        if self.choices and value not in self.choices:
            return f"is none of {', '.join(map(str, self.choices))}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not isfinite(value):
                return "is no finite number"
            if self.min is not None and value < self.min:
                return f"is below {self.min:g}"
            if self.max is not None and value > self.max:
                return f"is above {self.max:g}"
        if self.required and value == "":
            return "is empty, but required"
        return ""

    def parse(self, words: str) -> Value:
        """Read a value as it is typed or stands in the environment; raises ValueError."""
        match self.type:
            case "int":
                return int(words)
            case "float":
                return float(words)
            case "bool":
                if words.lower() not in FLAGS:
                    raise ValueError(words)
                return FLAGS[words.lower()]
            case _:
                return words

    def own_faults(self) -> Iterator[str]:
        """Yield what is wrong with the declaration itself: a key and words."""
        if self.is_secret and self.default not in (None, ""):
            yield f"default = {'*' * 3}: a secret has none, since everybody can read a manifest"
        elif self.is_secret and self.choices:
            yield "choices: a secret has none"
        elif self.initial is None:
            if not self.required:
                yield "default is missing; give one, or required = true"
        elif fault := self.model_copy(update={"required": False}).fault(self.initial):
            yield f"default = {self.default!r} {fault}"
        for choice in self.choices:
            if not self.fits(choice):
                yield f"choices = {choice!r} is no {self.type}"
        bounded = self.min is not None or self.max is not None
        if bounded and self.type not in ("int", "float"):
            yield f"min and max are for numbers, not for a {self.type}"
