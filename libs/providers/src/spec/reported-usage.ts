import type { Quantity } from '@lumenfall/contracts';

/**
 * A dimension of usage that an adapter can report. Declared beside the reader that produces it, so that the validation
 * of the catalog can refuse a price line that nothing would ever be charged by. `of` absent means text.
 *
 * Images, megapixels and seconds of what was delivered are measured by the workers, whatever the provider reports: they
 * are not declared here.
 */
export type ReportedDimension = Pick<Quantity, 'type' | 'metric' | 'of'>;
