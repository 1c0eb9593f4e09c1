"""A message that a person understands: what happened, why with numbers, what to do next, where to look."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_SUBJECT = 99
"""Of a mail's subject: SNS takes less than a hundred characters, ASCII, in one line.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""
LONGEST_BODY = 32 * 1024
"""Characters; SNS takes 256 KiB with the attributes, and a person reads less."""


@dataclass(frozen=True)
class Place:
    """Where things are, for commands and links."""

    stack: str
    bucket: str
    region: str

    def command(self, words: str, about: str) -> str:
        """Return a command line as people type it: `#` would begin a comment in some shells, so it is quoted."""
        stack = "" if self.stack == "yardmaster" else f"--stack {self.stack} "
        return f"yardmaster {stack}{words} '{about}'"

    def object(self, key: str) -> str:
        """Return a link to the console's page of an object."""
        return f"https://{self._console}/s3/object/{self.bucket}?region={self.region}&prefix={key}"

    def endpoint(self, name: str) -> str:
        """Return a link to the console's page of an endpoint."""
        return f"https://{self._console}/sagemaker/home?region={self.region}#/endpoints/{name}"

    @property
    def _console(self) -> str:
        if self.region.startswith("cn-"):
            return f"{self.region}.console.amazonaws.cn"
        if self.region.startswith("us-gov-"):
            return f"{self.region}.console.amazonaws-us-gov.com"
        return f"{self.region}.console.aws.amazon.com"


@dataclass(frozen=True)
class Notice:
    """One message.

    Attributes:
        about: `release`, `batch` or `endpoint`; `name`: which; `key`: what of it. Together the same whenever the same
            thing is told.
        model: Whose; empty for an endpoint that is nobody's.
        stage: The stage, or the state, that it is about.
        needs_person: Whether nothing goes on without one.
        failed: Whether it should reach who runs the stack, too.
        subject, body: For a mail.
    """

    about: str
    name: str
    key: str
    model: str
    stage: str
    needs_person: bool
    failed: bool
    subject: str
    body: str


def subject(text: str) -> str:
    """Return text as a mail's subject may be: one line, ASCII, not too long."""
    plain = " ".join(re.sub(r"[^\x20-\x7e]+", " ", text.encode("ascii", "replace").decode()).split())
    return plain if len(plain) <= LONGEST_SUBJECT else plain[: LONGEST_SUBJECT - 3].rstrip() + "..."


def body(headline: str, why: Sequence[str], todo: Sequence[str], links: Sequence[str], sender: str) -> str:
    """Return the text of a message.

    Args:
        headline: What happened, in a sentence.
        why: Reasons and figures, a paragraph each.
        todo: What to do next, a line each.
        links: Where to look, a line each.
        sender: Which stack says so.
    """
    parts = [headline, *why]
    parts += ["\n".join(["What to do next:", *(f"  {line}" for line in todo)])] if todo else []
    parts += ["\n".join(["Where to look:", *(f"  {line}" for line in links)])] if links else []
    text = "\n\n".join(part for part in parts if part)
    return f"{text[:LONGEST_BODY]}\n\n-- \n{sender}\n"
