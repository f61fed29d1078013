// Queried names, and whether they may leave the machine.
#include "fuzz.hpp"
#include "model/gate.hpp"

namespace enrichd::fuzz {
namespace {

void require_same(const result<HostName>& parsed, const HostName& name) {
    require(parsed.has_value());
    require(parsed->text() == name.text() && parsed->registrable() == name.registrable());
}

bool printable(char c) {
    return c > ' ' && c <= '~' && !(c >= 'A' && c <= 'Z');
}

void look_at(const HostName& name) {
    const std::string& text = name.text();
    constexpr std::size_t longest = 4 * 253;
    require(!text.empty() && text.size() <= longest && text.front() != '.' && text.back() != '.');
    require(text.find("..") == std::string::npos && std::all_of(text.begin(), text.end(), printable));
    require_same(HostName::parse(text), name);
    require_same(HostName::parse(text + "."), name);
    require(name.is_under(text) && name.single_label() == (text.find('.') == std::string::npos));

    const std::string registrable(name.registrable());
    require(name.is_under(registrable) || registrable.empty());
    if (registrable.empty()) return;
    require(!name.plain() || text.size() <= 253);
    require(registrable.size() <= 253);
    const auto domain = HostName::parse(registrable);
    require(domain && domain->text() == registrable && domain->registrable() == registrable);
    require(domain->plain() && domain->known_suffix() == name.known_suffix());
    require(domain->under_private_suffix() == name.under_private_suffix());
}

void look_at_gate(const HostName& name) {
    const GateOptions careful;
    const GateOptions open{{}, false};
    const auto careful_refusal = refusal(name, careful);
    const auto open_refusal = refusal(name, open);
    require(careful_refusal || !open_refusal);
    if (!open_refusal) require(!name.registrable().empty() && !name.ip_literal() && !name.single_label());
    if (!careful_refusal)
        require((name.known_suffix() || alternative_root(name)) && !name.is_under("arpa") &&
                !name.is_under("local"));
    require(refusal(name, {{name.text()}, false}) == Refusal::skip_suffix);
    for (const auto& why : {careful_refusal, open_refusal})
        if (why) require(label(*why) != "other");
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    const auto name = HostName::parse(fuzz::input(data, size));
    if (name) {
        fuzz::look_at(*name);
        fuzz::look_at_gate(*name);
    } else {
        fuzz::require(label(name.error()) != "system");
    }
    return 0;
}
