"""The contract of every marketplace adapter: what it writes. A write is never repeated while nobody knows its outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapterkit import errors
from adapterkit.capabilities import has
from adapterkit.marketplace import (
    AcceptsLines,
    AnswersReturns,
    CancelsLines,
    ChecksSubmissions,
    ConfirmsShipments,
    CorrectsTracking,
    FetchesHeldStock,
    FetchesReturns,
    FindsShipments,
    UpdatesStock,
)
from adapterkit.records import (
    Cancellation,
    CancellationReason,
    Fulfilment,
    LineQuantity,
    ReturnAnswer,
    ReturnDecision,
    StockLevel,
    Submission,
    SubmissionState,
)
from adapterkit.spec import Effect, Endpoint
from tests.contract.benches import Bench
from tests.contract.effects import forgetful, patiently, watched
from tests.contract.requirements import require

NO_ANSWER = ("cut", "slow")
CUT_OFF = (*NO_ANSWER, "html", "malformed", "empty", "huge")  # faults after which nobody knows what happened


class TestAcceptLines:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, AcceptsLines)

    def test_an_order_waits_until_every_line_is_accepted_and_twice_is_once(self, bench: Bench) -> None:
        if bench.adapter_class.spec.whole_order_acceptance:
            pytest.skip(f"{bench.code} is told of whole orders only")
        order_id = bench.place_waiting(lines=2)
        first, second = bench.line_ids(order_id)
        adapter: Any = bench.open()
        marks, seen = set[str](), []

        for accepted in ([], [first], [first, second], [second]):
            if accepted:
                state, _ = outcome(bench, lambda adapter, ids=accepted: adapter.accept_lines(order_id, ids))
                assert state is SubmissionState.DONE
            order = adapter.fetch_order(order_id)
            marks.add(order.fingerprint)
            seen.append((order.pending, [line.to_accept for line in order.lines]))

        waiting = [(True, [True, True]), (True, [False, True])]
        assert seen == [*waiting, (False, [False, False]), (False, [False, False])]
        assert len(marks) == 3
        assert order.delivery is not None

    def test_of_a_part_is_refused_where_only_whole_orders_are_accepted(self, bench: Bench) -> None:
        if not bench.adapter_class.spec.whole_order_acceptance:
            pytest.skip(f"{bench.code} is told of single lines")
        order_id = bench.place_waiting(lines=2)
        first, second = bench.line_ids(order_id)
        seen = []

        for accepted in ([first], [first, second], [first, second]):
            state, _ = outcome(bench, lambda adapter, ids=accepted: adapter.accept_lines(order_id, ids))
            order = bench.open().fetch_order(order_id)
            seen.append((state, order.pending, [line.to_accept for line in order.lines]))

        done = (SubmissionState.DONE, False, [False, False])
        assert seen == [(SubmissionState.REJECTED, True, [True, True]), done, done]
        assert order.delivery is not None

    def test_of_an_unknown_order_is_rejected(self, bench: Bench) -> None:
        state, message = outcome(bench, lambda adapter: adapter.accept_lines(bench.unknown_order, ["999"]))

        assert (state, bool(message)) == (SubmissionState.REJECTED, True)


class TestConfirmShipment:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, ConfirmsShipments)

    def test_arrives_with_carrier_tracking_and_lines(self, bench: Bench) -> None:
        order_id = bench.place(lines=2, quantity=2)
        first, second = bench.line_ids(order_id)
        adapter: Any = bench.open()

        sent = bench.shipment(order_id, quantity=2)
        adapter.confirm_shipment(sent)
        bench.settle()

        [made] = bench.shipments(order_id)
        assert made.carrier_code == bench.adapter_class.spec.carriers[0].code
        assert (made.tracking_code, made.reference) == ("3SABC00012345", bench.mark(sent))
        assert made.pieces == {first: 2, second: 2}
        assert [line.quantity_open for line in bench.open().fetch_order(order_id).lines] == [0, 0]

    def test_ships_a_part_and_later_the_rest(self, bench: Bench) -> None:
        order_id = bench.place(quantity=3)
        adapter: Any = bench.open()

        adapter.confirm_shipment(bench.shipment(order_id, quantity=1))
        bench.settle()
        adapter.confirm_shipment(bench.shipment(order_id, reference="OS-1-2", quantity=2))
        bench.settle()

        assert [sum(made.pieces.values()) for made in bench.shipments(order_id)] == [1, 2]

    @pytest.mark.parametrize("kind", CUT_OFF)
    def test_is_never_sent_twice_when_nobody_knows_what_happened(self, bench: Bench, kind: str) -> None:
        require(bench.adapter_class, FindsShipments)
        if bench.status_alone and kind not in NO_ANSWER:
            pytest.skip(f"{bench.code} answers a shipment with a status alone")
        order_id = bench.place(lines=2)
        adapter: Any = bench.open()
        bench.simulator.fail_next(kind, after_handling=True, method=bench.shipment_method, path=bench.shipment_path)

        sent = bench.shipment(order_id)
        with pytest.raises(errors.OutcomeUnknown):
            adapter.confirm_shipment(sent)

        assert bench.shipment_calls() == 1
        pending = adapter.find_shipments(order_id, bench.line_ids(order_id))
        assert [made for made in pending if made.reference in {"", "OS-1-1"}] != []
        bench.settle()
        [made] = adapter.find_shipments(order_id, bench.line_ids(order_id))
        assert made.is_report_of(sent)
        assert not made.is_report_of(bench.shipment(order_id, reference="OS-1-2"))
        assert {line.line_id for line in made.lines} == set(bench.line_ids(order_id))
        assert made.shipment_id

    @pytest.mark.parametrize("open_pieces", [1, 0])
    def test_a_repeat_is_refused_as_one_where_the_spec_says_so(self, bench: Bench, open_pieces: int) -> None:
        if not bench.adapter_class.spec.refuses_repeats:
            pytest.skip(f"{bench.code} does not tell a repeated report from another parcel")
        order_id = bench.place(quantity=1 + open_pieces)
        adapter: Any = bench.open()
        bench.simulator.fail_next("cut", after_handling=True, method=bench.shipment_method, path=bench.shipment_path)
        with pytest.raises(errors.OutcomeUnknown):
            adapter.confirm_shipment(bench.shipment(order_id))

        for _ in range(2):
            with pytest.raises(errors.AlreadyExists):
                adapter.confirm_shipment(bench.shipment(order_id))

        bench.settle()
        assert [sum(made.pieces.values()) for made in bench.shipments(order_id)] == [1]

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_a_failure_there_leaves_open_what_happened(self, bench: Bench, status: int) -> None:
        order_id = bench.place()
        adapter: Any = bench.open()
        bench.simulator.fail_next(
            status=status, after_handling=True, method=bench.shipment_method, path=bench.shipment_path
        )

        with pytest.raises(errors.OutcomeUnknown):
            adapter.confirm_shipment(bench.shipment(order_id))

        assert bench.shipment_calls() == 1

    def test_an_answer_in_another_form_leaves_open_what_happened(self, bench: Bench) -> None:
        if bench.status_alone:
            pytest.skip(f"{bench.code} answers a shipment with a status alone")
        order_id = bench.place()
        adapter: Any = bench.open()
        bench.simulator.fail_next(
            status=202,
            body=bench.saying("Welcome"),
            after_handling=True,
            method=bench.shipment_method,
            path=bench.shipment_path,
        )

        with pytest.raises(errors.OutcomeUnknown):
            adapter.confirm_shipment(bench.shipment(order_id))

    def test_what_never_left_is_not_unknown(self, bench: Bench) -> None:
        order_id = bench.place()
        adapter: Any = bench.open()
        bench.simulator.fail_next("refused", method=bench.shipment_method, path=bench.shipment_path)

        with pytest.raises(errors.TemporarilyUnavailable):
            adapter.confirm_shipment(bench.shipment(order_id))

        bench.settle()
        assert bench.shipments(order_id) == []

    def test_every_parcel_is_found_with_its_lines(self, bench: Bench) -> None:
        require(bench.adapter_class, FindsShipments)
        order_id = bench.place(quantity=3)
        [only] = bench.line_ids(order_id)
        adapter: Any = bench.open()
        sent = [bench.shipment(order_id, reference=f"OS-1-{number}", quantity=number) for number in (1, 2)]
        for shipment in sent:
            adapter.confirm_shipment(shipment)
            bench.settle()

        found = adapter.find_shipments(order_id, [only])

        told = [made.lines for shipment in sent for made in found if made.is_report_of(shipment)]
        assert [[line.line_id for line in lines] for lines in told] == [[only], [only]]
        assert all(line.quantity in {0, number} for number, [line] in enumerate(told, start=1))  # 0: not told
        assert {made.tracking_code for made in found} <= {"", "3SABC00012345"}

    def test_nothing_is_found_where_nothing_was_shipped(self, bench: Bench) -> None:
        require(bench.adapter_class, FindsShipments)
        order_id = bench.place()
        adapter: Any = bench.open()

        assert adapter.find_shipments(order_id, bench.line_ids(order_id)) == []

    def test_a_code_that_was_wrong_is_corrected_and_twice_is_once(self, bench: Bench) -> None:
        require(bench.adapter_class, CorrectsTracking)
        order_id = bench.place(lines=2)
        adapter: Any = bench.open()
        sent = bench.shipment(order_id)
        adapter.confirm_shipment(sent)
        bench.settle()
        other = replace(sent, tracking_code="3SOTHER")

        for _ in range(2):
            state, message = outcome(bench, lambda adapter: adapter.correct_tracking(other))
            assert (state, message) == (SubmissionState.DONE, "")
            [made] = bench.shipments(order_id)
            assert (made.reference, made.tracking_code) == (sent.reference, "3SOTHER")
        with pytest.raises(errors.NotFound):
            adapter.correct_tracking(replace(other, reference="OS-9-9", number=9))

    def test_of_an_unknown_order_is_rejected(self, bench: Bench) -> None:
        order_id = bench.place()
        shipment = bench.shipment(order_id)
        lines = (LineQuantity(line_id="999", quantity=1),)
        unknown = replace(shipment, order_id=bench.unknown_order, reference="OS-9-9", number=9, lines=lines)

        state, message = outcome(bench, lambda adapter: adapter.confirm_shipment(unknown))

        assert state is SubmissionState.REJECTED
        assert message
        assert bench.shipments(order_id) == []

    def test_of_what_is_shipped_already_is_rejected(self, bench: Bench) -> None:
        order_id = bench.place()
        adapter: Any = bench.open()
        adapter.confirm_shipment(bench.shipment(order_id))
        bench.settle()

        again = bench.shipment(order_id, reference="OS-1-2")
        state, _ = outcome(bench, lambda adapter: adapter.confirm_shipment(again))

        assert state is SubmissionState.REJECTED
        assert len(bench.shipments(order_id)) == 1


def ended(adapter: Any, submission: Submission) -> Submission:
    """Return what became of a submission, asked after where the marketplace decided later."""
    if submission.state is not SubmissionState.SUBMITTED:
        return submission
    checked: Submission = adapter.check_submission(submission.reference)
    return checked


def outcome(bench: Bench, write: Any) -> tuple[SubmissionState, str]:
    """Make one write and see it through to its end; return how it ended and in which words."""
    adapter: Any = bench.open()
    try:
        submission = write(adapter)
        bench.settle()
        submission = ended(adapter, submission)
    except errors.Rejected as error:
        return SubmissionState.REJECTED, str(error)
    return submission.state, submission.message


def test_what_only_reads_is_declared_so(bench: Bench) -> None:
    """A read that is said to create is given up at once, and leaves a doubt that nobody has."""
    seen: list[Endpoint] = []
    writer = bench.open()
    bench.adapter_class = watched(bench.adapter_class, seen)
    adapter: Any = bench.open()
    order_id, since = bench.place(), bench.clock()
    bench.clock.forward(bench.lag)
    list(adapter.fetch_orders(since, Fulfilment.MERCHANT))
    adapter.fetch_order(order_id)
    if has(bench.adapter_class, FetchesReturns):
        list(adapter.fetch_returns(since, Fulfilment.MERCHANT))
    if has(bench.adapter_class, FindsShipments):
        adapter.find_shipments(order_id, bench.line_ids(order_id))
    if has(bench.adapter_class, FetchesHeldStock):
        list(adapter.fetch_held_stock())
    if has(bench.adapter_class, ChecksSubmissions):
        adapter.check_submission(bench.submit(writer).reference)

    assert seen != []
    assert {endpoint.effect for endpoint in seen} == {Effect.READS}


def test_what_is_declared_to_replace_is_repeated_without_harm(bench: Bench) -> None:
    """Whose answer is lost is made again without a look: a second parcel, or another count, would be there."""
    bench.adapter_class = forgetful(bench.adapter_class, [])
    adapter: Any = bench.open()
    order_id, cancelled = bench.place(quantity=3), bench.place()
    if has(bench.adapter_class, ConfirmsShipments):
        sent = bench.shipment(order_id)
        patiently(lambda: adapter.confirm_shipment(sent))
        bench.settle()
        assert [sum(made.pieces.values()) for made in bench.shipments(order_id)] == [1]
    if has(bench.adapter_class, CorrectsTracking):
        patiently(lambda: adapter.correct_tracking(replace(sent, tracking_code="3SOTHER")))
        bench.settle()
        assert [made.tracking_code for made in bench.shipments(order_id)] == ["3SOTHER"]
    if has(bench.adapter_class, CancelsLines):
        lines = bench.line_ids(cancelled)
        cancellation = TestCancelLines.cancellation(cancelled, *lines, reason=CancellationReason.OTHER)
        patiently(lambda: adapter.cancel_lines(cancellation))
        bench.settle()
        assert [line_id for line_id, _ in bench.cancelled()] == lines
    if has(bench.adapter_class, AcceptsLines):
        waiting = bench.place_waiting()
        patiently(lambda: adapter.accept_lines(waiting, bench.line_ids(waiting)))
        assert adapter.fetch_order(waiting).pending is False
    if has(bench.adapter_class, UpdatesStock):
        bench.add_offer("TST-009", 3)
        patiently(lambda: adapter.update_stock([StockLevel(sku="TST-009", quantity=7)]))
        bench.settle()
        assert bench.stock("TST-009") == 7


def test_an_order_costs_as_many_calls_as_the_spec_says(bench: Bench) -> None:
    require(bench.adapter_class, ConfirmsShipments)
    adapter: Any = bench.open()
    adapter.verify_credentials()  # the token

    def calls(act: Any) -> int:
        before = len(bench.simulator.requests)
        act()
        return len(bench.simulator.requests) - before

    def see_through(order_id: str) -> None:
        sent = adapter.confirm_shipment(bench.shipment(order_id))
        bench.settle()
        assert ended(adapter, sent).state is SubmissionState.DONE

    since, reading = bench.clock(), []
    for _ in range(2):
        order_id = bench.place()
        bench.clock.forward(bench.lag)
        reading.append(calls(lambda: list(adapter.fetch_orders(since, Fulfilment.MERCHANT))))
    more_for_one_more = reading[1] - reading[0]

    assert more_for_one_more + calls(lambda: see_through(order_id)) == bench.adapter_class.spec.calls_per_order


class TestCancelLines:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, CancelsLines)

    @staticmethod
    def cancellation(order_id: str, *line_ids: str, reason: CancellationReason) -> Cancellation:
        lines = tuple(LineQuantity(line_id=line_id, quantity=1) for line_id in line_ids)
        return Cancellation(order_id=order_id, lines=lines, reason=reason)

    def test_closes_these_lines_and_no_other(self, bench: Bench) -> None:
        if bench.adapter_class.spec.whole_order_cancellation:
            pytest.skip(f"{bench.code} cancels whole orders only")
        order_id = bench.place(lines=3)
        first, second, third = bench.line_ids(order_id)
        adapter: Any = bench.open()

        adapter.cancel_lines(self.cancellation(order_id, first, third, reason=CancellationReason.OUT_OF_STOCK))
        bench.settle()

        open_pieces = {line.line_id: line.quantity_open for line in bench.open().fetch_order(order_id).lines}
        assert open_pieces == {first: 0, second: 1, third: 0}

    @pytest.mark.parametrize("reason", list(CancellationReason))
    def test_every_reason_is_understood_there(self, bench: Bench, reason: CancellationReason) -> None:
        order_id = bench.place()
        adapter: Any = bench.open()

        adapter.cancel_lines(self.cancellation(order_id, *bench.line_ids(order_id), reason=reason))
        bench.settle()

        assert [line_id for line_id, _ in bench.cancelled()] == bench.line_ids(order_id)

    def test_twice_is_harmless(self, bench: Bench) -> None:
        order_id = bench.place()
        [only] = bench.line_ids(order_id)
        adapter: Any = bench.open()

        for _ in range(2):
            adapter.cancel_lines(self.cancellation(order_id, only, reason=CancellationReason.OTHER))
            bench.settle()

        assert [line_id for line_id, _ in bench.cancelled()] == [only]
        assert [line.quantity_open for line in bench.open().fetch_order(order_id).lines] == [0]

    def test_of_what_is_shipped_is_refused_and_never_told_as_done(self, bench: Bench) -> None:
        order_id = bench.place()
        sender: Any = bench.open()
        sender.confirm_shipment(bench.shipment(order_id))
        bench.settle()
        cancellation = self.cancellation(order_id, *bench.line_ids(order_id), reason=CancellationReason.OTHER)

        state, message = outcome(bench, lambda adapter: adapter.cancel_lines(cancellation)[0])

        assert (state, bool(message), bench.cancelled()) == (SubmissionState.REJECTED, True, [])

    def test_of_a_whole_order_closes_all_its_lines(self, bench: Bench) -> None:
        order_id = bench.place(lines=2)
        adapter: Any = bench.open()
        cancellation = self.cancellation(order_id, *bench.line_ids(order_id), reason=CancellationReason.OUT_OF_STOCK)

        sent = adapter.cancel_lines(cancellation)
        bench.settle()

        assert {ended(adapter, submission).state for submission in sent} == {SubmissionState.DONE}
        assert [line.quantity_open for line in bench.open().fetch_order(order_id).lines] == [0, 0]

    @pytest.mark.parametrize("shipped", [False, True])
    def test_of_part_of_an_order_is_refused_where_only_whole_ones_are_cancelled(
        self, bench: Bench, shipped: bool
    ) -> None:
        if not bench.adapter_class.spec.whole_order_cancellation:
            pytest.skip(f"{bench.code} cancels single lines")
        order_id = bench.place(lines=2, quantity=2)
        lines = bench.line_ids(order_id)
        adapter: Any = bench.open()
        if shipped:
            adapter.confirm_shipment(bench.shipment(order_id))
        wanted = tuple(LineQuantity(line_id=line_id, quantity=1) for line_id in lines) if shipped else ()
        cancellation = self.cancellation(order_id, lines[0], reason=CancellationReason.OTHER)

        with pytest.raises(errors.Rejected):
            adapter.cancel_lines(replace(cancellation, lines=wanted or cancellation.lines))
        bench.settle()

        assert bench.cancelled() == []
        left = 1 if shipped else 2
        assert [line.quantity_open for line in bench.open().fetch_order(order_id).lines] == [left, left]


class TestCheckSubmission:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, ChecksSubmissions)

    def test_a_pending_one_ends(self, bench: Bench) -> None:
        adapter: Any = bench.open()

        sent = bench.submit(adapter)
        bench.settle()
        checked = adapter.check_submission(sent.reference)

        assert (sent.state, checked.state) == (SubmissionState.SUBMITTED, SubmissionState.DONE)
        assert (checked.reference, checked.message) == (sent.reference, "")

    def test_a_forgotten_one_is_not_found(self, bench: Bench) -> None:
        adapter: Any = bench.open()
        sent = bench.submit(adapter)
        bench.forget()

        with pytest.raises(errors.NotFound):
            adapter.check_submission(sent.reference)


class TestReturns:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, FetchesReturns)

    def walk(self, bench: Bench, *arguments: Any) -> Iterator[Any]:
        adapter: Any = bench.open()
        for page in adapter.fetch_returns(bench.clock() - timedelta(hours=1), Fulfilment.MERCHANT, *arguments):
            yield from page.items

    def test_are_given_once_each_over_the_pages(self, bench: Bench) -> None:
        registered = [bench.register_return(bench.place()) for _ in range(bench.page_size + 2)]

        assert sorted(found.return_id for found in self.walk(bench)) == sorted(registered)

    def test_known_ones_are_left_out(self, bench: Bench) -> None:
        bench.register_return(bench.place())
        marks = {found.return_id: found.fingerprint for found in self.walk(bench)}

        def known(listed: Mapping[str, str]) -> Set[str]:
            return {name for name, mark in listed.items() if marks.get(name) == mark}

        assert list(self.walk(bench, known)) == []

    @pytest.mark.parametrize("decision", list(ReturnDecision))
    def test_are_answered(self, bench: Bench, decision: ReturnDecision) -> None:
        require(bench.adapter_class, AnswersReturns)
        order_id = bench.place()
        bench.register_return(order_id)
        [found] = self.walk(bench)
        [line] = found.lines
        answer = ReturnAnswer(return_line_id=line.return_line_id, decision=decision, quantity=1)

        state, _ = outcome(bench, lambda adapter: adapter.answer_return(answer))

        [again] = self.walk(bench)
        assert state is SubmissionState.DONE
        assert (line.order_id, line.handled, again.lines[0].handled) == (order_id, False, True)
        assert again.lines[0].result
        assert again.fingerprint != found.fingerprint


class TestUpdateStock:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, UpdatesStock)

    def test_sets_the_offer_with_this_reference_and_tells_its_id(self, bench: Bench) -> None:
        offer_id = bench.add_offer("TST-001", 3)
        bench.add_offer("TST-0010", 5)

        adapter: Any = bench.open()
        [submission] = adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])
        bench.settle()

        told = submission.entity_id or ended(adapter, submission).of_record("TST-001").entity_id
        assert told == offer_id
        assert (bench.stock("TST-001"), bench.stock("TST-0010")) == (7, 5)

    def test_twice_is_the_same_as_once(self, bench: Bench) -> None:
        offer_id = bench.add_offer("TST-001", 3)
        adapter: Any = bench.open()

        for _ in range(2):
            adapter.update_stock([StockLevel(sku="TST-001", offer_id=offer_id, quantity=0)])
            bench.settle()

        assert bench.stock("TST-001") == 0

    def test_of_an_unknown_offer_is_not_found(self, bench: Bench) -> None:
        bench.add_offer("TST-001", 3)
        adapter: Any = bench.open()

        try:
            [sent] = adapter.update_stock([StockLevel(sku="TST-404", quantity=7)])
            bench.settle()
            state = ended(adapter, sent).of_record("TST-404").state
        except errors.NotFound:
            state = SubmissionState.NOT_FOUND

        assert state is SubmissionState.NOT_FOUND
        assert bench.stock("TST-001") == 3

    def test_each_of_many_has_an_outcome_of_its_own(self, bench: Bench) -> None:
        if bench.adapter_class.spec.stock_at_once == 1:
            pytest.skip(f"{bench.code} takes one level at a time")
        bench.add_offer("TST-001", 3)
        bench.add_offer("TST-002", 3)
        adapter: Any = bench.open()
        skus = ("TST-002", "TST-404", "TST-001")

        sent = adapter.update_stock([StockLevel(sku=sku, quantity=place) for place, sku in enumerate(skus)])
        bench.settle()

        states = [ended(adapter, one).of_record(sku).state for one, sku in zip(sent, skus, strict=True)]
        assert states == [SubmissionState.DONE, SubmissionState.NOT_FOUND, SubmissionState.DONE]
        assert [bench.stock(sku) for sku in skus] == [0, None, 2]


class TestHeldStock:
    @pytest.fixture(autouse=True)
    def able(self, bench: Bench) -> None:
        require(bench.adapter_class, FetchesHeldStock)

    def test_is_read_whole_and_written_nowhere(self, bench: Bench) -> None:
        held = {f"HELD-{number:03d}": number for number in range(bench.page_size + 2)}
        for sku, available in held.items():
            bench.hold_stock(sku, available)
        bench.limit(99, 1)

        adapter: Any = bench.open()
        found = [item for page in adapter.fetch_held_stock() for item in page.items]

        assert {item.sku: item.available for item in found} == held
        assert len(found) == len(held)
        writes = [seen for seen in bench.simulator.requests if seen.method not in {"GET", bench.list_method}]
        assert {seen.path for seen in writes} <= {bench.token_path}

    def test_an_answer_that_is_no_list_is_not_taken_for_nothing(self, bench: Bench) -> None:
        adapter: Any = bench.open()
        adapter.verify_credentials()
        bench.simulator.fail_next(status=200, body=bench.saying("Maintenance"), times=9)

        with pytest.raises(errors.MalformedResponse):
            list(adapter.fetch_held_stock())
