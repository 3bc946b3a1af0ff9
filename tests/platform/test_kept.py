"""The second start: simulated sides go on as they were left, or the demo is made anew and says so."""

from __future__ import annotations

import io
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Company, User
from adapterkit.simulator import Simulator
from connections.models import MarketplaceAccount, OrderConnection, Project, Shop
from orders.models import Order
from ordersync import embedded, simulated
from ordersync.management.commands import dev, simulate
from ordersync.past import make_past
from ordersync.past_programs import make_told
from ordersync.simulated import NotKept, forget, keep, kept, simulated_codes, stocked
from tests.clock import START, Clock
from tests.contract.amazon_bench import AmazonBench
from tests.contract.bench import Bench
from tests.contract.bol_bench import BolBench
from tests.contract.shop_benches import BENCHES
from tests.contract.test_shops import order
from tests.contract.test_shops import stocked as stocked_for
from tests.foreign.registered import foreign_shops  # noqa: F401 - a fixture of these tests

pytestmark = pytest.mark.usefixtures("clock")
KEPT = "The simulated bol cannot go on: "


def left_and_found(directory: Path, code: str, side: Simulator) -> Any:
    """Keep a side, and return it as the next start finds it."""
    keep(directory, code, side)
    return kept(directory, code)


class TestKeeping:
    @pytest.mark.parametrize("kind", [AmazonBench, BolBench])
    def test_a_marketplace_goes_on_with_its_orders_and_numbers(
        self, kind: type[Bench], tmp_path: Path, clock: Clock
    ) -> None:
        bench = kind(clock)
        before: Any = bench.simulator
        order_id = bench.place(quantity=2)

        found = left_and_found(tmp_path, bench.code, before)

        assert list(found.world.orders) == [order_id]
        assert found.world.orders == before.world.orders
        assert found.place_order() == before.place_order()
        assert found.world.orders == before.world.orders

    @pytest.mark.usefixtures("foreign_shops")
    @pytest.mark.parametrize("name", sorted(BENCHES))
    def test_a_shop_goes_on_with_its_orders_and_numbers(self, name: str, tmp_path: Path) -> None:
        first, second = BENCHES[name](), BENCHES[name]()
        wanted, later = order("12.10", "8.00"), order("10.90", order_id="A2")
        products = stocked_for(first, wanted)
        made = first.place(wanted, "bol-A1", products)

        found = left_and_found(tmp_path, first.code, first.simulator)
        second.simulator, second.tokens, second.answers = found, first.tokens, first.answers
        if hasattr(second, "world"):
            second.world = found.world

        assert second.adapter.fetch_order(made.shop_order_id) == first.adapter.fetch_order(made.shop_order_id)
        assert [bench.stock_of("S0") for bench in (first, second)] == [first.stock_of("S0")] * 2
        again, gone_on = (bench.place(later, "bol-A2", products) for bench in (first, second))
        assert gone_on == again
        assert gone_on.shop_order_id != made.shop_order_id

    @pytest.mark.parametrize("code", simulated_codes())
    def test_every_side_that_is_served_can_be_kept(self, code: str, tmp_path: Path) -> None:
        side = stocked(code)

        found = left_and_found(tmp_path, code, side)

        assert type(found) is type(side)
        assert found.connect_with("https://side.test") == side.connect_with("https://side.test")
        assert (found.requests, found.on_request) == ([], None)

    def test_what_bol_has_not_decided_yet_is_decided_later(self, tmp_path: Path, clock: Clock) -> None:
        bench = BolBench(clock)
        bench.bol.polls_until_decided = 9
        bench.submit(bench.open())

        found = left_and_found(tmp_path, "bol", bench.bol)
        found.settle_processes()

        [shipment] = found.world.shipments
        assert shipment["transport"]["trackAndTrace"] == "3SABC00012345"
        assert bench.bol.world.shipments == []

    def test_is_for_its_owner_alone_and_written_only_when_something_changed(self, tmp_path: Path) -> None:
        directory, side = tmp_path / "data" / "simulated", stocked("bol")
        keep(directory, "bol", side)
        first = (directory / "bol.kept").stat()

        keep(directory, "bol", side)
        unchanged = (directory / "bol.kept").stat()
        side.place_order()
        keep(directory, "bol", side)

        assert stat.S_IMODE(first.st_mode) == 0o600
        assert unchanged.st_ino == first.st_ino
        assert len(kept(directory, "bol").world.orders) == 1
        assert [path.name for path in directory.iterdir()] == ["bol.kept"]

    def test_a_draft_that_was_cut_off_does_not_count(self, tmp_path: Path) -> None:
        keep(tmp_path, "bol", stocked("bol"))
        (tmp_path / "bol.draft").write_bytes(b"half")

        side = kept(tmp_path, "bol")
        side.place_order()
        keep(tmp_path, "bol", side)

        assert len(kept(tmp_path, "bol").world.orders) == 1


class TestWhatCannotGoOn:
    def test_what_was_never_kept_is_no_trouble(self, tmp_path: Path) -> None:
        assert kept(tmp_path / "none", "bol") is None

    def test_other_code_kept_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        keep(tmp_path, "bol", stocked("bol"))
        monkeypatch.setattr(simulated, "version_of", lambda code: "another")

        with pytest.raises(NotKept) as caught:
            kept(tmp_path, "bol")

        assert str(caught.value) == KEPT + "another version of OrderSync kept it."

    @pytest.mark.parametrize("content", [b"", b"\n", b"not a world", b"one two\nthree", b"cut"])
    def test_the_file_is_damaged(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "bol.kept"
        keep(tmp_path, "bol", stocked("bol"))
        path.write_bytes(path.read_bytes()[:-1] if content == b"cut" else content)

        with pytest.raises(NotKept) as caught:
            kept(tmp_path, "bol")

        assert str(caught.value) == KEPT + f"{path} is damaged."

    def test_the_file_is_none_that_can_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "bol.kept").mkdir()

        with pytest.raises(NotKept) as caught:
            kept(tmp_path, "bol")

        assert str(caught.value) == KEPT + f"{tmp_path / 'bol.kept'} cannot be read (Is a directory)."

    def test_what_this_python_cannot_load_begins_anew(self, tmp_path: Path) -> None:
        pickled = b"nothing that was pickled"
        (tmp_path / "bol.kept").write_bytes(simulated._head("bol", pickled) + pickled)

        with pytest.raises(NotKept, match=r"bol\.kept does not fit this Python\.$"):
            kept(tmp_path, "bol")


def test_the_demo_goes_on_with_new_orders_each_time_it_lives(tmp_path: Path) -> None:
    bol, shop = stocked("bol"), stocked("woocommerce")
    next(simulate.live(bol, shop, every=20))
    left = left_and_found(tmp_path, "bol", bol), left_and_found(tmp_path, "woocommerce", shop)

    next(simulate.live(*left, every=20))

    assert len(bol.world.orders) == 6
    assert list(left[0].world.orders)[:6] == list(bol.world.orders)
    assert len(left[0].world.orders) == 12


class TestDemo:
    def command(self) -> tuple[dev.Command, io.StringIO]:
        said = io.StringIO()
        return dev.Command(stdout=said), said

    def test_goes_on_when_both_sides_do(self, tmp_path: Path) -> None:
        command, said = self.command()
        for code in ("bol", "woocommerce"):
            keep(tmp_path, code, stocked(code))

        assert command._begins_anew(tmp_path) is False
        assert said.getvalue() == ""

    def test_begins_anew_when_one_side_is_gone(self, tmp_path: Path) -> None:
        command, said = self.command()
        for code in simulated_codes():
            keep(tmp_path, code, stocked(code))
        forget(tmp_path, "woocommerce")

        assert command._begins_anew(tmp_path) is True
        assert said.getvalue() == ""
        assert (kept(tmp_path, "bol"), kept(tmp_path, "amazon") is None) == (None, False)

    def test_says_why_a_side_cannot_go_on(self, tmp_path: Path) -> None:
        command, said = self.command()
        keep(tmp_path, "bol", stocked("bol"))
        (tmp_path / "woocommerce.kept").write_bytes(b"")

        assert command._begins_anew(tmp_path) is True
        assert said.getvalue() == (
            f"==> The simulated WooCommerce cannot go on: {tmp_path / 'woocommerce.kept'} is damaged.\n"
        )
        assert list(tmp_path.iterdir()) == []

    def test_a_taken_port_moves_one_side_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dev, "_free", lambda port: port not in {8000, 8001, 8101})

        assert dev.free_ports(8000, 8100, 8101, 8102) == [8002, 8100, 8103, 8102]

    def test_a_data_directory_that_cannot_be_used_ends_with_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        directory = tmp_path / "file" / "data"
        sentence = (
            f"OrderSync cannot keep its data in {directory} (Not a directory). "
            "Make it writable for you, or set ORDERSYNC_DATA_DIR to a directory that is."
        )

        with pytest.raises(CommandError) as locking:
            dev.alone(directory)
        with pytest.raises(SystemExit) as reading:
            embedded.secret_of(directory, "key")

        assert [str(locking.value), str(reading.value)] == [sentence, sentence]


@pytest.mark.django_db
class TestSeedDemo:
    def seed(self, **options: Any) -> str:
        said = io.StringIO()
        call_command("seed_demo", stdout=said, **options)
        return said.getvalue()

    def test_is_made_anew_with_a_sentence_and_nothing_is_left_of_before(self) -> None:
        self.seed(anew=True)
        before, other = Company.objects.get(), Company.objects.create(name="Mugs & Co")
        make_past(OrderConnection.objects.get(), 300, START)
        make_told(before, START + timedelta(minutes=1))

        said = self.seed(anew=True)

        assert said == (
            "The simulated bol and shop begin anew, without the orders of before: so does the demo company.\n"
            "Demo company ready: demo@ordersync.example, password demo-ordersync\n"
        )
        made = Company.objects.exclude(pk=other.pk).get()
        assert (made.name, made.pk == before.pk, Order.objects.count()) == ("Demo company", False, 0)
        assert [membership.company for membership in User.objects.get().memberships.all()] == [made]
        assert list(made.cursors.values_list("every_seconds", flat=True).distinct()) == [5]
        assert (OrderConnection.objects.get().company, OrderConnection.objects.get().state) == (made, "active")

    def test_says_nothing_of_it_the_first_time(self) -> None:
        assert self.seed(anew=True) == "Demo company ready: demo@ordersync.example, password demo-ordersync\n"

    def test_renews_the_addresses_of_the_demo_alone(self) -> None:
        """What somebody connected beside it keeps its own."""
        self.seed()
        company = Company.objects.get()
        project = Project.objects.create(company=company, name="A second shop")
        Shop.objects.create(
            project=project, platform="woocommerce", name="Own", settings={"shop_url": "https://own.test"}
        )
        for marketplace in ("amazon", "bol"):
            MarketplaceAccount.objects.create(company=company, marketplace=marketplace, name="Own", settings={})

        said = self.seed(bol_url="http://127.0.0.1:9001", shop_url="http://127.0.0.1:9002")

        assert said == "Demo company ready: demo@ordersync.example, password demo-ordersync\n"
        addresses = [row.settings.get("base_url") for row in MarketplaceAccount.objects.order_by("pk")]
        assert addresses == ["http://127.0.0.1:9001", None, None]
        shops = [row.settings["shop_url"] for row in Shop.objects.order_by("pk")]
        assert shops == ["http://127.0.0.1:9002", "https://own.test"]
