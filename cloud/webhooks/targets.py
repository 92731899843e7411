"""Whom to tell: a choice by `type`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, UrlConstraints

from edge.errors import ConfigError

_SECTION = ConfigDict(frozen=True, extra="forbid")
HttpUrl = Annotated[AnyHttpUrl, UrlConstraints(max_length=2_000)]


class _Target(BaseModel):
    """What all targets share."""

    model_config = _SECTION

    token_file: Path | None = Field(
        default=None,
        title="Token file",
        description="File whose first line is sent as a bearer token",
    )

    def headers(self) -> dict[str, str]:
        """Return the headers of a request; the token is read anew, so that it can be changed.

        Raises:
            ConfigError: The file cannot be read.
        """
        if self.token_file is None:
            return {}
        try:
            token = self.token_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            problem = f"webhooks: token_file {self.token_file} cannot be read: {error}"
            raise ConfigError(None, [problem]) from error
        return {"Authorization": f"Bearer {token}"}


class NtfyTarget(_Target):
    """A topic of an ntfy server: a notification on every telephone that listens."""

    type: Literal["ntfy"] = Field(default="ntfy", title="Kind", description="ntfy")
    server: HttpUrl = Field(title="Server", description="Address of the server")
    topic: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", title="Topic", description="Name of the topic"
    )


class HomeAssistantTarget(_Target):
    """A webhook trigger of Home Assistant: lights, shutters, a voice."""

    type: Literal["home-assistant"] = Field(
        default="home-assistant", title="Kind", description="home-assistant"
    )
    server: HttpUrl = Field(title="Server", description="Address of Home Assistant")
    webhook_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,128}$",
        title="Webhook",
        description="Id of the webhook in the automation; who knows it can trigger it",
    )


class JsonTarget(_Target):
    """Any program: the event and what it means at the place, as JSON."""

    type: Literal["json"] = Field(default="json", title="Kind", description="json")
    url: HttpUrl = Field(title="URL", description="Where to post")


Target = Annotated[NtfyTarget | HomeAssistantTarget | JsonTarget, Field(discriminator="type")]
