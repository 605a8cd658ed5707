import { serve } from '@lumenfall/service-kit';
import { gatewayService } from './service.js';

await serve(gatewayService);
