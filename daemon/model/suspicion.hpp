// How suspicious a name is: in this order names are asked for where questions are few. What an administrator
// asks for by an active response comes before all.
#pragma once

namespace enrichd {

/// Rising.
enum class Suspicion { none, first_contact, suspect_frequency, low_frequency, new_domain, requested };

}  // namespace enrichd
