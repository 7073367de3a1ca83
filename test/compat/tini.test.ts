import { describeSuite } from "./harness/suite.ts";

describeSuite("tini");
