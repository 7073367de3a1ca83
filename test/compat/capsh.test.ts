import { describeSuite } from "./harness/suite.ts";

describeSuite("capsh");
