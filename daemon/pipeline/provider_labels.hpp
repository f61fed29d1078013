// Labels that a hosting provider makes up for its customers, such as d111111abcdef8.cloudfront.net. They look
// random and are always new, and say nothing.
#pragma once

#include <string_view>

#include "model/host_name.hpp"
#include "pipeline/known_names.hpp"

namespace enrichd {

/// The provider's part of a registrable domain whose first label was made up by it, as the documentation of
/// the providers describes such labels; empty when the label is none of these. "cloudfront.net" of
/// "d111111abcdef8.cloudfront.net".
std::string_view provider_of(std::string_view domain);

/// The domain that is judged in place of the name: its provider's when the label was made up and no
/// list of `known` names has it, else its registrable one. `known` may be null.
std::string_view judged_domain(const HostName& name, const KnownNames* known);

}  // namespace enrichd
