// What people and programs read of an audit: lines, JSON, a page.
#pragma once

#include <string>

#include "core/json.h"
#include "curation/audit.h"

namespace laurel {

// Every finding with its examples, then the figures; printable().
std::string audit_text(const AuditReport& report);

// One line for each finding, for `check`; printable().
std::string audit_summary(const AuditReport& report);

// {"findings": [{grade, kind, source, count, text, examples, advice}], "errors", "warnings",
// "notes", "sources", "labels", "agreement", "accords", "tokens"}
Json audit_json(const AuditReport& report);

// One HTML file without anything from elsewhere; texts of rows are escaped.
std::string audit_page(const AuditReport& report, const std::string& title);

}  // namespace laurel
