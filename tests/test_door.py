"""Who is let in, who is late, and who has left; on a clock that the test moves."""

from __future__ import annotations

import pytest

from lesson.machinery import door as door_module
from lesson.machinery.door import FIRST, OF_ONE_VIEWER, Door, room
from tests.clocks import Clock


class Visitor:
    """Stands for a connection, and remembers what was done to it."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.address, self.due = address, 0.0
        self.said_goodbye = self.gone = False
        self.probed = self.ended = 0

    def has_ended(self) -> bool:
        return self.said_goodbye

    def probe(self) -> None:
        self.probed += 1

    def has_left(self) -> bool:
        return self.gone

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def door(clock):
    return Door(most=1_000, clock=clock)


def test_only_so_many_are_let_in_and_places_become_free(door):
    guests = [Visitor(f"192.0.2.{n % 200}") for n in range(1_000)]
    assert all(door.admit(guest) for guest in guests)
    last = Visitor()
    assert not door.admit(last)
    door.leave(last)  # who was not in frees no place
    assert not door.admit(last)
    door.leave(guests[7])
    door.leave(guests[7])
    assert door.admit(last)
    assert not door.admit(Visitor())


@pytest.mark.parametrize(("most", "share"), [(9_000, 3_000), (896, 298), (128, 42), (2, 1)])
def test_one_address_gets_a_third_and_this_machine_all(most, share):
    door = Door(most)
    guests = [Visitor() for _ in range(share)]
    assert all(door.admit(guest) for guest in guests)
    assert not door.admit(Visitor())
    assert door.admit(Visitor("192.0.2.2"))
    door.leave(guests[0])
    assert door.admit(Visitor())
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        own = Door(most)
        assert all(own.admit(Visitor(address)) for _ in range(most))


def test_9000_are_let_in_at_most_and_64_of_one_page():
    door = Door()
    assert all(door.admit(Visitor(f"192.0.2.{n % 200}")) for n in range(9_000))
    assert not door.admit(Visitor("192.0.2.250"))
    assert OF_ONE_VIEWER == 64


@pytest.mark.parametrize("settles", [False, True])
def test_nothing_is_kept_of_who_has_left(door, settles):
    guest = Visitor()
    door.admit(guest)
    if settles:
        door.settle(guest)
    door.leave(guest)
    door.settle(guest)
    assert not (door._guests or door._settled or door._addresses)


def test_a_websocket_has_its_place_but_nobody_looks_at_it(clock):
    door = Door(most=2, clock=clock)
    settled, other = Visitor("192.0.2.1"), Visitor("192.0.2.2")
    door.admit(settled)
    door.admit(other)
    door.settle(settled)
    assert not door.admit(Visitor("192.0.2.3"))
    settled.said_goodbye = other.said_goodbye = True
    clock.advance(FIRST - 0.1)
    assert door.look() == [other]
    clock.advance(0.2)
    door.look()
    assert (settled.ended, other.ended) == (0, 1)
    door.leave(settled)
    assert door.admit(Visitor("192.0.2.3"))


def test_who_is_late_is_broken_off_and_nobody_else(door, clock):
    late, patient, new = Visitor(), Visitor(), Visitor()
    door.admit(late)
    door.admit(patient)
    patient.due = door_module.FOREVER
    clock.advance(FIRST)
    door.admit(new)
    door.look()
    assert (late.ended, patient.ended, new.ended) == (0, 0, 0)
    clock.advance(0.1)
    door.look()
    assert (late.ended, patient.ended, new.ended) == (1, 0, 0)


def test_who_said_goodbye_is_asked_and_broken_off_only_if_nobody_listens(door):
    guests = _, half_closed, gone = Visitor(), Visitor(), Visitor()
    for guest in guests:
        door.admit(guest)
    half_closed.said_goodbye = gone.said_goodbye = gone.gone = True
    suspects = door.look()
    assert [guest.probed for guest in guests] == [0, 1, 1]
    door.look_again(suspects)
    assert [guest.ended for guest in guests] == [0, 0, 1]


def test_who_was_suspected_and_is_closed_by_now_is_left_alone(door):
    gone = Visitor()
    door.admit(gone)
    gone.said_goodbye = gone.gone = True
    suspects = door.look()
    door.leave(gone)
    door.look_again(suspects)
    assert gone.ended == 0


@pytest.mark.parametrize(("files", "places"), [(256, 128), (1_024, 896), (65_536, 9_000), (10, 1)])
def test_there_is_room_below_the_file_limit(files, places):
    assert room(files) == places
