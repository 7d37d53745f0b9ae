export {
  type ChangeOptions,
  change,
  type RequestOptions,
  request,
  type SoapHeader,
  type SoapSpec,
} from './builders.ts';
export type { FaultByMember, FaultError, FaultMap, FaultMeaning } from './faults.ts';
export type { SecurityOptions } from './security.ts';
export { type AddressingOptions, type SoapOptions, soap, soapDefaults } from './soap.ts';
