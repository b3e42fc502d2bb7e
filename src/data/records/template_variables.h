// What a row hands to the chat template besides its messages.
#pragma once

#include <array>

#include "core/json.h"
#include "data/records/record_fields.h"

namespace laurel {

// Our names of these fields: a list of tools, a list of documents, and an object of others.
inline constexpr std::array kTemplateFields{"tools", "documents", "chat_template_kwargs"};

// Their values by the names that the template knows them by; each may also be JSON in a string, and
// is left out where it is null. Throws as RecordFields.
Json template_variables(const RecordFields& record);

}  // namespace laurel
