import type { ApiKeyStore } from '@lumenfall/accounts';
import type { BillingClient } from '@lumenfall/billing-client';
import {
  fail,
  ledgerQuerySchema,
  requestQuerySchema,
  succeed,
  usageQuerySchema,
  type LedgerEntryView,
  type NativeList,
  type UsageReport,
} from '@lumenfall/contracts';
import { micros, microsToUsd } from '@lumenfall/money';
import { unwrap, validationError } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../authentication/authentication.guard.js';
import { API_KEYS, BILLING } from '../tokens.js';
import { nativeList, readListQuery } from './native-list.js';

interface Amount {
  /** USD. */
  amount: number;
  currency: 'usd';
}

interface BalanceAnswer {
  object: 'balance';
  billing_type: 'prepaid' | 'postpaid';
  /** What requests can still spend: the balance without the holds. Null for a postpaid account. */
  available: { amount: number | null; currency: 'usd' };
  /** The sum of the ledger: money that is held is still part of it. Below zero is what a postpaid account will pay. */
  balance: Amount;
  /** Reserved for requests that run; not charged. */
  held: Amount;
}

interface KeyAnswer {
  id: string;
  object: 'key';
  name: string;
  last_four: string;
  status: 'active' | 'revoked';
  created_at: string;
}

const keyQuerySchema = requestQuerySchema
  .pick({ limit: true, starting_after: true, ending_before: true })
  .extend({ status: z.enum(['active', 'revoked']).optional() });

/** An organization's balance, keys, ledger entries and usage. */
@Controller('v1')
export class AccountController {
  constructor(
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(API_KEYS) private readonly apiKeys: ApiKeyStore,
  ) {}

  @Get('balance')
  async balance(@Req() request: FastifyRequest): Promise<BalanceAnswer> {
    const { billingType, balanceMicros, heldMicros, availableMicros } = unwrap(
      await this.billing.balance(principalOf(request).organizationId),
    );
    const amountOf = (amount: number): Amount => ({ amount: microsToUsd(micros(amount)), currency: 'usd' });
    const available = amountOf(availableMicros);
    return {
      object: 'balance',
      billing_type: billingType,
      available: billingType === 'postpaid' ? { ...available, amount: null } : available,
      balance: amountOf(balanceMicros),
      held: amountOf(heldMicros),
    };
  }

  @Get('keys')
  async keys(@Req() request: FastifyRequest, @Query() query: unknown): Promise<NativeList<KeyAnswer>> {
    const parsed = unwrap(readListQuery(keyQuerySchema, query));
    const page = await this.apiKeys.list(principalOf(request).organizationId, {
      limit: parsed.limit,
      startingAfter: parsed.starting_after,
      endingBefore: parsed.ending_before,
      status: parsed.status,
    });
    const data = page.keys.map(({ id, name, lastFour, status, createdAt }) => ({
      id,
      object: 'key' as const,
      name,
      last_four: lastFour,
      status,
      created_at: createdAt.toISOString(),
    }));
    return nativeList('/v1/keys', query, { ...page, data });
  }

  @Get('ledger')
  async ledger(@Req() request: FastifyRequest, @Query() query: unknown): Promise<NativeList<LedgerEntryView>> {
    const parsed = unwrap(readListQuery(ledgerQuerySchema, query));
    const page = unwrap(await this.billing.ledger(principalOf(request).organizationId, parsed));
    return nativeList('/v1/ledger', query, page);
  }

  @Get('usage')
  async usage(@Req() request: FastifyRequest, @Query() query: unknown): Promise<UsageReport> {
    const parsed = usageQuerySchema.safeParse(query);
    const read = unwrap(parsed.success ? succeed(parsed.data) : fail(validationError(parsed.error)));
    return unwrap(await this.billing.usage(principalOf(request).organizationId, read));
  }
}
