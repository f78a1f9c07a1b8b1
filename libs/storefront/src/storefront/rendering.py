"""The template environment of one service, and what it renders."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from starlette.types import ASGIApp

from storefront import accent, formats, headers, rich_text, structured_data
from storefront.assets import Assets
from storefront.mails import MailView
from storefront.views import View


@dataclass(frozen=True)
class Mail:
    """What a mail is made of; the service adds who it is from and to."""

    subject: str
    text: str
    html: str


class Storefront:
    """Pages, mails and static files of `service`, reached by buyers at `public_url` (an origin).

    `templates`: the service's own folder; its templates may extend `storefront/base.html`.
    `static` is to be mounted at `/assets` of the service's gateway.
    """

    def __init__(
        self, service: str, public_url: str, *, templates: Path | None = None, locale: str = formats.DEFAULT_LOCALE
    ) -> None:
        self.public_url = public_url.rstrip("/")
        self.locale = locale
        self._assets = Assets(f"/api/{service}/assets")
        self.static: ASGIApp = self._assets.app
        self._environment = self._make_environment(templates)

    def render(self, name: str, **context: Any) -> str:
        """The template `name` with `context`; a name it lacks is an error."""
        return self._environment.get_template(name).render(self._with_defaults(context))

    def show(self, page: View, *, locale: str | None = None) -> str:
        """One of the ready pages of `storefront.views`."""
        return self.render(page.template, page=page, locale=locale or self.locale)

    def render_mail(self, name: str, **context: Any) -> Mail:
        """The mail of the two templates `<name>.txt` (which has a block `subject`) and `<name>.html`."""
        context = self._with_defaults(context)
        text = self._environment.get_template(f"{name}.txt")
        subject = " ".join("".join(text.blocks["subject"](text.new_context(context))).split())
        html = self._environment.get_template(f"{name}.html").render(context | {"subject": subject})
        return Mail(subject=subject, text=text.render(context), html=html)

    def write(self, mail: MailView, *, locale: str | None = None) -> Mail:
        """One of the ready mails of `storefront.mails`."""
        return self.render_mail(mail.template, mail=mail, locale=locale or self.locale)

    def security_headers(
        self,
        *,
        form_actions: Iterable[str] = (),
        image_sources: Iterable[str] = (),
        private: bool = False,
        embeddable: bool = False,
    ) -> dict[str, str]:
        """What to send a page with; `private` where it shows what only one person may see, `embeddable` where any
        other site may show it in a frame.
        """
        policy = headers.content_security_policy(
            form_actions=form_actions, image_sources=image_sources, frame_ancestors="*" if embeddable else "'none'"
        )
        return headers.security_headers(
            policy, tls=self.public_url.startswith("https://"), private=private, embeddable=embeddable
        )

    def _with_defaults(self, context: dict[str, Any]) -> dict[str, Any]:
        shown = context.get("page") or context.get("mail")
        return {"locale": self.locale, "accent": getattr(shown, "accent", None), **context}

    def _make_environment(self, templates: Path | None) -> Environment:
        shared = PackageLoader("storefront", "templates")
        environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(templates), shared]) if templates else shared,
            autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "asset": self._assets.url,
            "accent_stylesheet": self._assets.accent_url,
            "accent_tokens": _tokens,
            "public_url": self.public_url,
        }
        environment.filters |= _FILTERS
        return environment


def _tokens(colour: str | None) -> accent.Accent:
    usable = colour if colour is not None and accent.is_colour(colour) else accent.DEFAULT_ACCENT
    return accent.accent(usable)


def _by_locale(write: Callable[..., str]) -> Callable[..., str]:
    """`write` as a filter that is told the page's locale."""

    @pass_context
    def localised(context: Context, *values: Any) -> str:
        return write(*values, locale=context.get("locale", formats.DEFAULT_LOCALE))

    return localised


_FILTERS = {
    "extension": formats.extension,
    "file_size": _by_locale(formats.file_size),
    "instant": _by_locale(formats.instant),
    "iso": formats.iso,
    "json_ld": structured_data.json_ld,
    "markdown": rich_text.markdown,
    "money": _by_locale(formats.money),
    "plain": rich_text.plain,
    "time_left": formats.time_left,
    "whole_units": formats.whole_units,
}
