import { executedModelOf, type RouteChoice } from '@lumenfall/contracts';
import { formatUsd, micros } from '@lumenfall/money';
import type { RequestReport } from '@lumenfall/ledger';
import { inColumns, inTime } from '../columns.js';
import { SET_ASIDE, whyPassedOver } from './explanations.js';

/** The offerings as they were weighed; of a video that was not weighed yet, as they were planned. */
export function tellRoute({ choice, video }: RequestReport): string[] {
  if (choice !== null) return [...tellOrder(choice), ...tellSetAside(choice), ...tellPassedOver(choice.passedOver)];
  if (video === null) return ['None was chosen.'];
  const { route, passedOver } = video.plan;
  const rows = route.map((offering, at) => [
    `${at + 1}.`,
    executedModelOf(offering),
    String(offering.priority),
    String(offering.weight),
    offering.price?.version ?? 'reported by the provider',
  ]);
  return [
    'as planned:',
    ...inColumns([['', 'offering', 'priority', 'weight', 'price version'], ...rows]),
    ...tellPassedOver(passedOver),
  ];
}

const HEAD = ['', 'offering', 'key', 'priority', 'weight', 'expected', 'standing', 'success', 'latency', 'share'];
const RIGHT = new Set([3, 4, 5, 7, 8, 9]);

function tellOrder({ order }: RouteChoice): string[] {
  const rows = order.map((stop, at) => [
    `${at + 1}.`,
    stop.executedModel,
    stop.credential ?? '-',
    String(stop.priority),
    String(stop.weight),
    stop.expectedMicros == null ? '-' : formatUsd(micros(stop.expectedMicros)),
    stop.circuitState,
    stop.successRate === null ? '-' : percent(stop.successRate),
    stop.latencyMs === null ? '-' : inTime(stop.latencyMs),
    percent(stop.share),
  ]);
  return inColumns([HEAD, ...rows], RIGHT);
}

const tellSetAside = ({ order }: RouteChoice): string[] =>
  order.flatMap(({ circuitState, executedModel, credential }) =>
    circuitState === 'healthy'
      ? []
      : [`set aside: ${executedModel} with ${credential ?? 'no key'} (${SET_ASIDE[circuitState]})`],
  );

const tellPassedOver = (passedOver: readonly { executedModel: string; why: string }[]): string[] =>
  passedOver.map(({ executedModel, why }) => `passed over: ${executedModel} (${whyPassedOver(why)})`);

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;
