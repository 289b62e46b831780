"""Questions to a server that speaks OpenAI's chat completions: enough are open that it never waits for one."""

import asyncio
import os
import random
import uuid
from dataclasses import replace
from typing import Any

from tasks.core.errors import StageRefused
from tasks.core.settings_language import URL_VARIABLE, VisionLanguageSettings
from tasks.models.ask import Answer, Question, Reply, Unanswered
from tasks.models.background import Background
from tasks.models.chat import Again, Echo, Refused, Request, read_reply
from tasks.models.health import Health
from tasks.models.replies import Replies

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
"""Before a question is sent again: twice as long each time, and anything down to nothing of that."""
_MOST_BYTES = 4 << 20
"""Of one response; what is longer is no answer."""
_AHEAD = 0.25
"""Share of the open requests that waits beside them, so that a place is taken the moment it is free."""
_PROBE = "Answer with one word: yes."


class Served:
    """Asks in the background; what the server loses is sent again, and a server that is gone ends it."""

    def __init__(self, settings: VisionLanguageSettings) -> None:
        self._settings = settings
        self._url = f"{_address(settings)}/chat/completions"
        self._headers = _headers(settings)
        self._replies = Replies(settings.in_flight + max(2, round(settings.in_flight * _AHEAD)))
        self._places = asyncio.Semaphore(settings.in_flight)
        self._health = Health(settings.give_up_s)
        self._echo = Echo(self._replies.is_open)
        self._takes_schema = True
        self._client: Any = None
        self._background = Background("served model", self._replies.end)

    def offer(self, question: Question) -> None:
        """Takes a question in; waits while as many are open as there may be."""
        # Here and not beside the other requests, which would wait for it; and before there is room.
        request = Request.of(question)
        self._replies.open(question.question_id)
        self._background.start(self._answer(request))

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        """The reply, once it has come, and once only."""
        return self._replies.take(question_id)

    def finish(self) -> None:
        """Returns when every question that was taken in has a reply."""
        self._replies.wait_for_all()

    def close(self) -> None:
        """Drops what is open."""
        self._background.close()

    async def _answer(self, request: Request) -> None:
        async with self._places:
            self._health.begin()
            reply = await self._reply(request)
            self._health.end()
        self._replies.put(reply)

    async def _reply(self, request: Request) -> Reply:
        """What becomes of the question in the end. Raises TryAgain where the server is gone, StageRefused."""
        faults: list[str] = []
        begun = self._health.answers
        while len(faults) < self._settings.tries:
            try:
                return await self._send(request)
            except Again as fault:
                if fault.counts:
                    faults.append(str(fault))
                await self._wait(fault, len(faults))
        asked = request.question
        # It is put down to the question only where the server meanwhile answered another.
        while self._health.answers == begun:
            try:
                await self._send(Request.of(Question(uuid.uuid4(), asked.pictures[:1], _PROBE, answer_tokens=16)))
            except Again as fault:
                await self._wait(fault, len(faults))
        return Unanswered(asked.question_id, "no_answer", f"{len(faults)} times: {faults[-1]}")

    async def _send(self, request: Request) -> Reply:
        """The reply to one request. Raises Again or StageRefused."""
        question = request.question
        with_schema = self._takes_schema and question.schema is not None
        try:
            reply = await self._post(request, with_schema=with_schema)
        except Refused as refused:
            if not with_schema:
                return Unanswered(question.question_id, "refused", str(refused))
            # Either it knows no schemas or it does not take this question: without one it says which.
            reply = await self._send(replace(request, question=replace(question, schema=None)))
            self._takes_schema = not isinstance(reply, Answer)
        self._health.answered()
        return reply

    async def _post(self, request: Request, *, with_schema: bool) -> Reply:
        import httpx2

        if self._client is None:
            self._client = self._new_client()
        question = request.question
        body = request.body(self._settings, with_schema=with_schema)
        headers = {"X-Request-Id": str(question.question_id)}
        try:
            async with (
                asyncio.timeout(self._settings.timeout_s),
                self._client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                text = await _text(response)
        except TimeoutError as error:
            raise Again(f"no answer within {self._settings.timeout_s:g} s") from error
        except httpx2.HTTPError as error:
            raise Again(f"{type(error).__name__}: {error}", counts=False) from error
        return read_reply(question, self._echo, response.status_code, response.headers, text)

    def _new_client(self) -> Any:
        import httpx2

        most = self._settings.in_flight
        limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
        return httpx2.AsyncClient(headers=self._headers, limits=limits, timeout=None, trust_env=False)

    async def _wait(self, fault: Again, faults: int) -> None:
        """Until the question may be sent again. Raises TryAgain where the server is gone."""
        self._health.check(str(fault))
        longest_s = min(_FIRST_WAIT_S * 2**faults, _LONGEST_WAIT_S)
        await asyncio.sleep(max(fault.retry_after_s, random.uniform(0, longest_s)))


def _address(settings: VisionLanguageSettings) -> str:
    url = settings.url or os.environ.get(URL_VARIABLE)
    if not url:
        raise StageRefused(f"nobody says where {settings.model} is served: `url` in the recipe, or {URL_VARIABLE}")
    return url.rstrip("/")


def _headers(settings: VisionLanguageSettings) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if settings.api_key_variable is not None:
        key = os.environ.get(settings.api_key_variable)
        if not key:
            raise StageRefused(f"the environment variable {settings.api_key_variable} holds no key of the server")
        headers["Authorization"] = f"Bearer {key}"
    return headers


async def _text(response: Any) -> str:
    """The response's body. Raises Again where it does not come to an end."""
    found = bytearray()
    async for part in response.aiter_bytes():
        found += part
        if len(found) > _MOST_BYTES:
            raise Again(f"an answer of more than {_MOST_BYTES >> 20} MB")
    return found.decode(errors="replace")
