"""What is told of batches of predictions, and of endpoints that are stopped or started."""

import hashlib

from yardmaster.rules import notice
from yardmaster.rules.news import BatchNews, EndpointNews
from yardmaster.rules.notice import Notice, Place
from yardmaster.rules.why import spell_time

_WENT_WRONG = frozenset({"failed", "refused"})


def notice_of_batch(news: BatchNews, place: Place, now: float) -> Notice:
    """Return the message about the end of a batch of predictions."""
    headline = f"The predictions of {news.model} ({news.name or news.batch}): {news.stage}"
    wrong = news.stage in _WENT_WRONG
    todo = ["Mend what is named, and upload the input again; a schedule tries again at its next time."]
    links = [f"STATUS.md: {place.object(f'{news.model}/STATUS.md')}"]
    if news.uri:
        links.insert(0, f"results: {news.uri}")
        links.insert(1, f"in the console: {place.object(_key(news.uri))}")
    return Notice(
        about="batch",
        name=news.batch,
        key=news.stage,
        model=news.model,
        stage=news.stage,
        needs_person=False,
        failed=news.stage == "failed",
        subject=notice.subject(f"{news.model}: predictions {news.stage}: {news.reason}"),
        body=notice.body(f"{headline}.", [f"Why: {news.reason}"], todo if wrong else [], links, _sender(place, now)),
    )


def notice_of_endpoint(news: EndpointNews, place: Place, now: float) -> Notice:
    """Return the message about an endpoint that is stopped, serves again, or could not be started."""
    what = {"stopped": "is stopped", "in_service": "serves again", "failed": "could not be started"}
    said = what.get(news.state, f"is {news.state}")
    why = [f"Why: {news.reason}" + (f" (by {news.by})" if news.by else "")]
    if news.state == "stopped" and news.saves:
        why.append(f"That {news.saves}.")
    start = f"To start it: {place.command('start', news.endpoint)}"
    todo = {
        "stopped": ["Nothing, if nobody needs it: requests are refused until it is started.", start],
        "failed": [f"Look at the reason, then try again: {place.command('start', news.endpoint)}"],
    }
    moment = hashlib.sha256(f"{news.state} {news.at:.0f}".encode()).hexdigest()[:12]
    return Notice(
        about="endpoint",
        name=news.endpoint,
        key=f"{news.state}-{moment}",
        model=news.model,
        stage=news.state,
        needs_person=news.state == "failed",
        failed=news.state == "failed",
        subject=notice.subject(f"Endpoint {news.endpoint} {said}: {news.reason}"),
        body=notice.body(
            f"Endpoint {news.endpoint} {said}.",
            why,
            todo.get(news.state, []),
            [f"endpoint {news.endpoint}: {place.endpoint(news.endpoint)}"],
            _sender(place, now),
        ),
    )


def _key(uri: str) -> str:
    return uri.split("/", 3)[3] if uri.startswith("s3://") and uri.count("/") > 2 else uri


def _sender(place: Place, now: float) -> str:
    return f"Yardmaster stack {place.stack} in {place.region}; {spell_time(now)}"
