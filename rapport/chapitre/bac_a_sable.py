"""Where the texts of the data are rendered: nothing in them is code."""

import pandas as pd
from jinja2.nativetypes import NativeEnvironment
from jinja2.sandbox import ImmutableSandboxedEnvironment


class BacASable(ImmutableSandboxedEnvironment, NativeEnvironment):
    """What renders the texts of the data: they read the numbers of an edition, and reach nothing else, neither files
    nor the methods of pandas, which write some and evaluate code."""

    def is_safe_attribute(self, obj, attr, value) -> bool:
        methode = isinstance(obj, pd.DataFrame | pd.Series | pd.Index) and callable(value)
        return super().is_safe_attribute(obj, attr, value) and not methode and attr != "donnees"
