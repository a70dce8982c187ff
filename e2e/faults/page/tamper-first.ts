import {tamper, type Tamper} from './tamper.js';

// Imported before the client: what it reads when it is loaded is tampered with already.
tamper(JSON.parse(self.name) as Tamper);
