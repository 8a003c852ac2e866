"""Lawful bases in words: Articles 6 and 9 of the UK GDPR, Schedule 1 of the DPA 2018."""

from __future__ import annotations

ARTICLE_6 = {
    "consent": "Article 6(1)(a) consent",
    "contract": "Article 6(1)(b) contract",
    "legal_obligation": "Article 6(1)(c) legal obligation",
    "vital_interests": "Article 6(1)(d) vital interests",
    "public_task": "Article 6(1)(e) public task",
    "legitimate_interests": "Article 6(1)(f) legitimate interests",
    "not_personal": "no personal data",
}
ARTICLE_9 = {
    "explicit_consent": "Article 9(2)(a) explicit consent",
    "employment_and_social_security": "Article 9(2)(b) employment and social security",
    "vital_interests": "Article 9(2)(c) vital interests",
    "not_for_profit_body": "Article 9(2)(d) not-for-profit body",
    "made_public": "Article 9(2)(e) made public by the person",
    "legal_claims": "Article 9(2)(f) legal claims",
    "substantial_public_interest": "Article 9(2)(g) substantial public interest",
    "health_or_social_care": "Article 9(2)(h) health or social care",
    "public_health": "Article 9(2)(i) public health",
    "archiving_research_or_statistics": "Article 9(2)(j) archiving, research or statistics",
}


def basis_words(article6: str, article9: str = "", schedule1: str = "") -> str:
    """A lawful basis as pages and receipts write it; empty where none is named."""
    parts = [ARTICLE_6.get(article6, _plain("Article 6", article6))]
    parts.append(ARTICLE_9.get(article9, _plain("Article 9", article9)))
    parts.append(_plain("DPA 2018 Schedule 1", schedule1))
    return "; ".join(part for part in parts if part)


def _plain(law: str, code: str) -> str:
    return f"{law} {code.replace('_', ' ')}" if code else ""
