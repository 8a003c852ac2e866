// The script of every page: the menu on phones, the tabs, the focus of an error summary.
import { createAll, ErrorSummary, ServiceNavigation, SkipLink, Tabs } from "./govuk-frontend.js";

for (const component of [ErrorSummary, ServiceNavigation, SkipLink, Tabs]) {
  createAll(component);
}
