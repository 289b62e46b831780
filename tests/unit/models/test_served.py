"""Questions to a server in a process of its own, however it behaves."""

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tasks.core.errors import StageRefused, TryAgain
from tasks.core.settings_language import URL_VARIABLE, VisionLanguageSettings
from tasks.models import served
from tasks.models.ask import Answer, Picture, Question, Reply, Unanswered
from tasks.models.served import Served
from tests.fixtures.model_server import Running, model_server

pytest.importorskip("httpx2", reason="httpx2 is not installed")

SCHEMA = {"type": "object"}


@pytest.fixture
def server() -> Iterator[Running]:
    with model_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "_FIRST_WAIT_S", 0.01)


def settings(server: Running | None, **change: Any) -> VisionLanguageSettings:
    url = server.url if server else None
    quick = {"timeout_s": 1, "give_up_s": 2, "tries": 3, "in_flight": 4}
    return VisionLanguageSettings.model_validate(
        {"backend": "openai", "model": "some-model", "url": url} | quick | change
    )


def question(text: str = "What is it?", **change: Any) -> Question:
    return Question(uuid.uuid4(), (Picture(0.5, b"jpeg"),), text, **{"answer_tokens": 32, **change})


def replies(backend: Served, questions: list[Question]) -> list[Reply | None]:
    for one in questions:
        backend.offer(one)
    backend.finish()
    return [backend.reply_to(one.question_id) for one in questions]


def test_every_question_has_its_own_answer(server: Running) -> None:
    asked = [question(f"question {at}") for at in range(200)]
    found = replies(Served(settings(server, in_flight=16)), asked)
    for one, reply in zip(asked, found, strict=True):
        assert isinstance(reply, Answer)
        assert (reply.question_id, reply.text) == (one.question_id, f"You asked: {one.text}")
        assert (reply.model, reply.prompt_tokens, reply.answer_tokens) == ("some-model", 102, 4)
    assert set(server.stats().pictures) == {1}


def test_a_reply_is_kept_until_it_is_fetched_and_no_longer(server: Running) -> None:
    backend, one = Served(settings(server)), question()
    assert isinstance(replies(backend, [one])[0], Answer)
    assert backend.reply_to(one.question_id) is None


def test_so_many_requests_are_open_and_no_more(server: Running) -> None:
    server.script(tokens=10, token_s=0.005)
    replies(Served(settings(server, in_flight=3)), [question() for _ in range(30)])
    assert server.stats().most_open == 3


def test_connections_are_kept(server: Running) -> None:
    backend = Served(settings(server, in_flight=3))
    for _ in range(2):
        replies(backend, [question() for _ in range(15)])
    assert server.stats().requests == 30
    assert server.stats().connections <= 3


@pytest.mark.parametrize("fault", ["500", "503", "429", "504", "garbage", "html", "empty", "drop", "hang", "302"])
def test_what_the_server_loses_is_asked_again(server: Running, fault: str) -> None:
    server.script(misbehave=[fault, fault])
    asked = [question(f"question {at}") for at in range(6)]
    found = replies(Served(settings(server)), asked)
    assert [one.text for one in found if isinstance(one, Answer)] == [f"You asked: {one.text}" for one in asked]
    assert server.stats().requests >= 8 - (fault == "hang")


def test_an_answer_under_another_id_is_not_taken(server: Running) -> None:
    server.script(misbehave=["", "other_id", "other_id", "other_id"])
    backend = Served(settings(server, in_flight=1))
    asked = [question(f"question {at}") for at in range(5)]
    found = replies(backend, asked)
    assert isinstance(found[0], Answer)
    assert isinstance(found[1], Unanswered)
    assert "another id" in found[1].message
    assert all(isinstance(one, Answer) for one in found[2:])


def test_a_server_that_gives_no_ids_back_is_taken_at_its_word(server: Running) -> None:
    server.script(gives_ids_back=False)
    asked = [question(f"question {at}") for at in range(8)]
    assert all(isinstance(one, Answer) for one in replies(Served(settings(server)), asked))


@pytest.mark.parametrize(("fault", "kind"), [("long", "too_long"), ("cut", "cut_off"), ("413", "refused")])
def test_what_is_no_fault_of_the_server_costs_one_question(server: Running, fault: str, kind: str) -> None:
    server.script(misbehave=[fault])
    found = replies(Served(settings(server, in_flight=1)), [question(), question()])
    assert isinstance(found[0], Unanswered)
    assert found[0].kind == kind
    assert isinstance(found[1], Answer)


def test_a_question_that_alone_gets_no_answer_is_given_up(server: Running) -> None:
    server.script(misbehave=["", "500", "500", "500"])
    found = replies(Served(settings(server, in_flight=1)), [question(), question(), question()])
    assert [type(one) for one in found] == [Answer, Unanswered, Answer]
    assert isinstance(found[1], Unanswered)
    assert found[1].kind == "no_answer"
    assert "3 times: HTTP 500" in found[1].message


@pytest.mark.parametrize("fault", ["500", "503", "html", "garbage", "empty", "hang", "drop"])
def test_a_server_that_answers_nobody_ends_the_stage_to_be_run_again(server: Running, fault: str) -> None:
    server.script(misbehave=[fault, "..."])
    backend = Served(settings(server, timeout_s=0.2, give_up_s=0.6))
    asked = [question() for _ in range(6)]
    with pytest.raises(TryAgain, match=r"answered nothing for 0\.6 s"):
        replies(backend, asked)
    assert [backend.reply_to(one.question_id) for one in asked] == [None] * 6


def test_a_server_that_dies_keeps_what_it_has_answered(server: Running) -> None:
    backend = Served(settings(server, give_up_s=0.5))
    first, rest = [question() for _ in range(5)], [question() for _ in range(5)]
    for one in first:
        backend.offer(one)
    backend.finish()
    server.kill()
    with pytest.raises(TryAgain):
        replies(backend, rest)
    assert all(isinstance(backend.reply_to(one.question_id), Answer) for one in first)


def test_a_server_that_comes_late_is_waited_for() -> None:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    found: list[Reply | None] = []
    late = VisionLanguageSettings.model_validate(
        {"backend": "openai", "model": "m", "url": f"http://127.0.0.1:{port}/v1", "give_up_s": 20}
    )
    asking = threading.Thread(target=lambda: found.extend(replies(Served(late), [question()])))
    asking.start()
    time.sleep(0.5)
    with model_server(port=port):
        asking.join(15)
    assert isinstance(found[0], Answer)


def test_a_server_without_schemas_is_asked_without(server: Running) -> None:
    server.script(takes_schema=False)
    asked = [question(f"question {at}", schema=SCHEMA) for at in range(10)]
    found = replies(Served(settings(server, in_flight=1)), asked)
    assert all(isinstance(one, Answer) for one in found)
    assert server.stats().with_schema == 1


def test_a_server_with_schemas_is_asked_with_them(server: Running) -> None:
    server.script(misbehave=["", "400", "400"])
    asked = [question(schema=SCHEMA) for _ in range(5)]
    found = replies(Served(settings(server, in_flight=1)), asked)
    # The second is refused with a schema and without: that says nothing of schemas.
    assert [type(one) for one in found] == [Answer, Unanswered, Answer, Answer, Answer]
    assert server.stats().with_schema == 4


@pytest.mark.parametrize(("status", "told"), [("401", "another key"), ("404", "no such model")])
def test_a_server_that_never_will_answer_ends_the_stage(server: Running, status: str, told: str) -> None:
    server.script(misbehave=[status, "..."])
    with pytest.raises(StageRefused, match=told):
        replies(Served(settings(server)), [question()])


def test_the_key_comes_from_the_environment(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    named = settings(server, api_key_variable="SOME_KEY")
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(StageRefused, match="SOME_KEY"):
        Served(named)
    monkeypatch.setenv("SOME_KEY", "secret")
    replies(Served(named), [question()])
    assert server.stats().keys == ["Bearer secret"]


def test_the_address_may_come_from_the_environment(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with pytest.raises(StageRefused, match=URL_VARIABLE):
        Served(settings(None))
    monkeypatch.setenv(URL_VARIABLE, server.url)
    assert isinstance(replies(Served(settings(None)), [question()])[0], Answer)
