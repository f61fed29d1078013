#include "soak/other_faults.hpp"

namespace enrichd::test {

using fakes::Fault;
using fakes::OtxFault;

std::string mixed_name(std::uint64_t seed, std::size_t number) {
    std::minstd_rand random(static_cast<unsigned>(seed * 7919 + number));
    const std::string host = random() % 10 == 0 ? "bad" : "www";
    const bool shared = random() % 2 == 0;
    const std::string domain =
        shared ? "new-shared" + std::to_string(random() % 200) : "new-own" + std::to_string(number);
    return host + std::to_string(number) + "." + domain + ".com";
}

void OtherFaults::next() {
    end();
    switch (random_() % 6) {
        case 0:
            world_.domain_stats().fail_always(Fault::status_503);
            break;
        case 1:
            world_.domain_stats().fail_next(Fault::cut, 3);
            break;
        case 2:
            world_.otx().fail_next(OtxFault::gateway, 3);
            break;
        case 3:
            world_.wazuh_leaves();
            break;
        case 4:
            write_file(world_.daemon().spool() / "new/00000000000000aa", "{\"half\":");
            break;
        default:
            break;  // a while without faults
    }
}

void OtherFaults::end() {
    world_.domain_stats().fail_always(std::nullopt);
    world_.wazuh_comes();
}

}  // namespace enrichd::test
