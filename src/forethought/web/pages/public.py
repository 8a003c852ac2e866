"""Pages that need no sign-in: what residents and everybody may read."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from forethought.web.glossary import GLOSSARY
from forethought.web.site import AnyVisitor, CurrentSite, page
from forethought.web.tables import public_uses

router = APIRouter()


@router.get("/data-about-you")
def data_about_you(site: CurrentSite, visitor: AnyVisitor) -> Response:
    """What the council does with data about residents."""
    return page(
        site,
        "data-about-you.html",
        title="What we do with data about you",
        visitor=visitor,
        table=public_uses(site.workspace.public_uses()),
    )


@router.get("/accessibility")
def accessibility(site: CurrentSite, visitor: AnyVisitor) -> Response:
    """The accessibility statement."""
    return page(site, "accessibility.html", title="Accessibility statement", visitor=visitor)


@router.get("/glossary")
def glossary(site: CurrentSite, visitor: AnyVisitor) -> Response:
    """The words that pages use."""
    return page(site, "glossary.html", title="Glossary", visitor=visitor, terms=GLOSSARY)
