import { serve } from '@lumenfall/service-kit';
import { billingService } from './service.js';

await serve(billingService);
