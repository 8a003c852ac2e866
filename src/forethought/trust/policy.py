"""Cedar policies: default deny, and a forbid overrides every permit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from forethought.errors import SpecificationError


@dataclass(frozen=True)
class Policy:
    """One policy as its file annotates it.

    Args:
        id: Its name.
        effect: `permit` or `forbid`.
        reason: What a reader is told where it forbids, with {fields} to fill.
        ask: Whom to turn to: `administrator`, `owner`, `governance` or `contact`.
    """

    id: str
    effect: str
    reason: str = ""
    ask: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the policies say.

    Args:
        allowed: Whether a permit applies and no forbid does.
        by: The policies that decided, in the order of the files.
    """

    allowed: bool
    by: tuple[Policy, ...]


@dataclass(frozen=True)
class PolicyBook:
    """Policies read once, asked often (about 0.2 ms a question).

    Args:
        text: The text of all policies, in order.
        handle: Cedar's parsed form.
        policies: What each one annotates, by the parser's own id.
    """

    text: str
    handle: Any
    policies: Mapping[str, Policy]

    @classmethod
    def of(cls, text: str) -> PolicyBook:
        """Parse policies.

        Raises:
            SpecificationError: They are not Cedar.
        """
        import cedarpy

        try:
            handle = cedarpy.PolicySet.from_str(text)
            parsed = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
        except ValueError as error:
            raise SpecificationError(f"These are no Cedar policies: {error}") from None
        policies = {key: _policy(key, item) for key, item in parsed.items()}
        order = sorted(policies, key=lambda key: int(key.removeprefix("policy")))
        return cls(text, handle, {key: policies[key] for key in order})

    def ask(
        self,
        action: str,
        person: Mapping[str, Any],
        resource: Mapping[str, Any],
        context: Mapping[str, Any],
        *,
        kind: str = "Dataset",
    ) -> Verdict:
        """May this person do this with this dataset, or signal, in this context?

        Args:
            action: `read`, `lookUp` or `respond`.
            person: Attributes of the schema's `Person`.
            resource: Attributes of the schema's entity of that kind, and `id`.
            context: The schema's context.
            kind: The schema's entity: `Dataset` or `Signal`.
        """
        import cedarpy

        principal = {"type": "Person", "id": person["username"]}
        what = {"type": kind, "id": resource["id"]}
        answer = cedarpy.is_authorized(
            {
                "principal": principal,
                "action": {"type": "Action", "id": action},
                "resource": what,
                "context": dict(context),
            },
            self.handle,
            [
                {"uid": principal, "attrs": dict(person), "parents": []},
                {
                    "uid": what,
                    "attrs": {key: value for key, value in resource.items() if key != "id"},
                    "parents": [],
                },
            ],
        )
        if answer.diagnostics.errors:  # a policy that fails to evaluate must not be skipped
            return Verdict(allowed=False, by=())
        reasons = set(answer.diagnostics.reasons)
        by = tuple(policy for key, policy in self.policies.items() if key in reasons)
        return Verdict(answer.allowed, by)


def policy_text() -> str:
    """The text of the house's policies, in the order of their files."""
    folder = files("forethought.trust") / "policies"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".cedar"))
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def schema_text() -> str:
    """The schema that the policies are validated against."""
    folder = files("forethought.trust") / "policies"
    return (folder / "schema.cedarschema").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def house_policies() -> PolicyBook:
    """The house's policies, parsed once."""
    return PolicyBook.of(policy_text())


def _policy(key: str, item: Mapping[str, Any]) -> Policy:
    notes = item.get("annotations", {})
    return Policy(
        notes.get("id", key), item["effect"], notes.get("reason", ""), notes.get("ask", "")
    )
