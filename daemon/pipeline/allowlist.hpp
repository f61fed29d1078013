// The allowlist of the state file, in memory: what `enrichd allow` changes.
#pragma once

#include <boost/asio/io_context.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/name_marks.hpp"
#include "store/allowed_names.hpp"

namespace enrichd {

class Allowlist final : public NameMarker {
  public:
    /// What a name on it silences unless it is said.
    static constexpr KindSet usual{FindingKind::first_contact,     FindingKind::low_frequency,
                                   FindingKind::suspect_frequency, FindingKind::new_domain,
                                   FindingKind::nxdomain_burst,    FindingKind::tunnel};

    explicit Allowlist(Database& database) : stored_(database) {}

    /// May be called again after an error.
    task<error> restore();

    /// In effect and in the state file when it returns. Errors: those of the state file; queue_full, when it
    /// has as many names as it may have.
    task<error> add(AllowedName name);

    /// The number of entries that were removed, 0 or 1.
    task<result<std::size_t>> remove(std::string name, bool below);

    void mark(const HostName& name, NameMarks& marks) const override;

    /// The entries that hold for a name now.
    std::vector<AllowedName> find(const HostName& name) const;

    std::vector<AllowedName> all() const;
    std::size_t size() const { return names_.size(); }

  private:
    using Key = std::pair<std::string, bool>;  // name, below
    using Names = std::map<Key, AllowedName>;

    template <class Each>
    void each_for(const HostName& name, Each each) const;

    AllowedNames stored_;
    Names names_;
};

}  // namespace enrichd
