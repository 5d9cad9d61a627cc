import { expect, it } from 'vitest';
import { createFeedSeats, type Seat } from './feedSeats.ts';

function seatOf(address: string, isAdmin = false): Seat & { gone: boolean } {
  const seat = { address, isAdmin, gone: false, giveUp: () => void (seat.gone = true) };
  return seat;
}

it('an address has so many seats, and a seat given back is free', () => {
  const seats = createFeedSeats(10, 3);
  const mine = ['a', 'a', 'a'].map((address) => seatOf(address));
  for (const seat of mine) expect(seats.take(seat)).toBe(true);
  expect(seats.take(seatOf('a'))).toBe(false);
  expect(seats.take(seatOf('b'))).toBe(true);
  seats.giveBack(mine[0]!);
  expect(seats.take(seatOf('a'))).toBe(true);
});

it('where all are taken, who has fewest takes the place of who has most', () => {
  const seats = createFeedSeats(4, 4);
  const greedy = ['a', 'a', 'a', 'a'].map((address) => seatOf(address));
  for (const seat of greedy) seats.take(seat);
  expect(seats.take(seatOf('b'))).toBe(true);
  expect(greedy.map(({ gone }) => gone)).toEqual([true, false, false, false]);
  expect(seats.take(seatOf('b'))).toBe(true);
  expect(seats.take(seatOf('b'))).toBe(false);
  expect(seats.take(seatOf('c'))).toBe(true);
});

it('the token always gets one, whoever holds the others', () => {
  const seats = createFeedSeats(2, 2);
  const strangers = [seatOf('a'), seatOf('b')];
  for (const seat of strangers) seats.take(seat);
  const admins = Array.from({ length: 3 }, () => seatOf('a', true));
  for (const admin of admins) expect(seats.take(admin)).toBe(true);
  expect(strangers.map(({ gone }) => gone)).toEqual([true, true]);
  expect(admins.map(({ gone }) => gone)).toEqual([true, false, false]);
  expect(seats.take(seatOf('c'))).toBe(false);
});
