import { describeSuite } from "./harness/suite.ts";

describeSuite("su-exec");
