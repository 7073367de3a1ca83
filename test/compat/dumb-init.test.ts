import { describeSuite } from "./harness/suite.ts";

describeSuite("dumb-init");
