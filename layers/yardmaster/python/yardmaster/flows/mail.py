"""The addresses of a spec's `notify`: subscribed to the topic, each to what is for it."""

from dataclasses import replace

from yardmaster.errors import ConflictError
from yardmaster.flows.yard import Yard
from yardmaster.records import Model


def subscribe(yard: Yard, model: Model) -> Model:
    """Subscribe whoever the model's row names and is not subscribed; return the row, which notes who must confirm.

    Who is told is decided with each message, by the row as it is then: an address that the spec names no more gets
    none from that moment, and its subscription stays, for nothing, until somebody removes it. So subscriptions are
    only ever added, with the same filter whoever adds them: of two specs at once, neither can undo the other's.
    """
    if not model.notify:
        return model
    confirmed = yard.topic.addresses()
    for address in model.notify:
        if address not in confirmed:
            yard.topic.subscribe(address)
    unconfirmed = tuple(address for address in model.notify if not confirmed.get(address, False))
    if unconfirmed == model.unconfirmed:
        return model
    try:
        return yard.table.save_model(replace(model, unconfirmed=unconfirmed))
    except ConflictError:
        # Only a remark in STATUS.md; the next spec brings it up to date.
        return model
