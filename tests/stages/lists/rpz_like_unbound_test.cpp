// A response policy zone means what it means to unbound: random zones of all constructs, each name asked of
// both.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "stages/lists/read_list.hpp"
#include "support/child.hpp"
#include "support/free_port.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace enrichd::test::rpz_like_unbound_test {
namespace {

constexpr const char* unbound = "/usr/sbin/unbound";
constexpr std::array<unsigned char, 4> upstream_address{203, 0, 113, 77};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

Fd udp(std::uint16_t port) {
    Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in here = loopback(port);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) std::abort();
    return socket;
}

bool readable(int descriptor, int milliseconds) {
    pollfd wanted{descriptor, POLLIN, 0};
    return ::poll(&wanted, 1, milliseconds) == 1;
}

/// Answers each question with the same address.
class Upstream {
  public:
    explicit Upstream(std::uint16_t port) : socket_(udp(port)), thread_([this] { serve(); }) {}
    ~Upstream() {
        stop_ = true;
        thread_.join();
    }
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

  private:
    void serve() {
        while (!stop_) {
            if (!readable(socket_.get(), 50)) continue;
            std::array<unsigned char, 1500> packet{};
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const ssize_t got = ::recvfrom(socket_.get(), packet.data(), packet.size(), 0,
                                           reinterpret_cast<sockaddr*>(&from), &size);
            if (got < 17) continue;
            std::size_t end = 12;
            while (packet[end] != 0) end += packet[end] + 1U;
            std::string reply(reinterpret_cast<char*>(packet.data()), end + 5);
            reply[2] = static_cast<char>(0x84 | (packet[2] & 1));
            reply[3] = static_cast<char>(0x80);
            reply[7] = 1;  // one answer, and nothing else
            reply[9] = reply[11] = 0;
            const bool wants_address = packet[end + 2] == 1;
            if (!wants_address) reply[7] = 0;
            if (wants_address) reply += std::string("\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04", 12);
            if (wants_address) reply.append(upstream_address.begin(), upstream_address.end());
            ::sendto(socket_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
        }
    }

    Fd socket_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

std::string question(const std::string& name, std::uint16_t id) {
    std::string out{static_cast<char>(id >> 8U), static_cast<char>(id & 0xffU), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    for (std::size_t from = 0; from < name.size();) {
        const std::size_t dot = std::min(name.find('.', from), name.size());
        out.push_back(static_cast<char>(dot - from));
        out.append(name, from, dot - from);
        from = dot + 1;
    }
    return out.append(std::string("\0\0\x01\0\x01", 5));
}

/// What unbound does with a name: whether the zone decides it.
class Resolver {
  public:
    explicit Resolver(const std::string& zone)
        : upstream_port_(free_port()), port_(free_port()), upstream_(upstream_port_) {
        write_file(dir_ / "zone", zone);
        write_file(
            dir_ / "unbound.conf",
            "server:\n  interface: 127.0.0.1@" + std::to_string(port_) +
                "\n  port: " + std::to_string(port_) +
                "\n  do-daemonize: no\n  chroot: \"\"\n  username: \"\"\n  directory: \"" +
                dir_.path().string() +
                "\"\n  pidfile: \"\"\n  use-syslog: no\n  num-threads: 1\n  do-not-query-localhost: no\n"
                "  module-config: \"respip iterator\"\n  cache-max-ttl: 0\n  qname-minimisation: no\n"
                "  access-control: 127.0.0.0/8 allow\n  local-zone: \"example.\" transparent\n"
                "rpz:\n  name: rpz.test.\n  zonefile: zone\n"
                "forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1@" +
                std::to_string(upstream_port_) + "\nremote-control:\n  control-enable: no\n");
        process_.emplace(
            Command{unbound, {"unbound", "-d", "-c", (dir_ / "unbound.conf").string()}, {}, dir_ / "log"});
        const sockaddr_in there = loopback(port_);
        socket_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
            std::abort();
        ready_ = eventually([this] { return !ask("ready.test").empty(); });
    }

    bool ready() const { return ready_; }
    std::string log() const { return read_file(dir_ / "log"); }

    bool listed(const std::string& name) {
        const std::string reply = ask(name, 400);
        const std::string address(upstream_address.begin(), upstream_address.end());
        const bool of_upstream =
            reply.size() > 16 && (reply[3] & 0x0f) == 0 && reply[7] == 1 && reply.ends_with(address);
        return !of_upstream;
    }

  private:
    std::string ask(const std::string& name, int milliseconds = 200) {
        const std::string asked = question(name, ++id_);
        if (::send(socket_.get(), asked.data(), asked.size(), 0) < 0) return {};
        while (readable(socket_.get(), milliseconds)) {
            std::array<char, 1500> packet{};
            const ssize_t got = ::recv(socket_.get(), packet.data(), packet.size(), 0);
            if (got < 12) return {};
            if (packet[0] == asked[0] && packet[1] == asked[1])
                return {packet.data(), static_cast<std::size_t>(got)};
        }
        return {};
    }

    TempDir dir_;
    std::uint16_t upstream_port_;
    std::uint16_t port_;
    Upstream upstream_;
    std::optional<Child> process_;
    Fd socket_;
    std::uint16_t id_ = 0;
    bool ready_ = false;
};

/// Names of few labels, so that they meet.
class Names {
  public:
    explicit Names(unsigned seed) : random_(seed) {}
    std::string name() {
        static const std::vector<std::string> labels{"a", "b", "c", "aa", "b-1", "zz", "_x"};
        std::string out = "example";
        for (std::size_t depth = below(4) + 1; depth > 0; --depth)
            out.insert(0, labels[below(labels.size())] + ".");
        return out;
    }
    std::size_t below(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }

  private:
    std::mt19937 random_;
};

std::string zone_of(Names& names) {
    static const std::vector<std::string> actions{"CNAME .",
                                                  "CNAME .",
                                                  "CNAME *.",
                                                  "IN CNAME rpz-passthru.",
                                                  "60 IN CNAME rpz-passthru.",
                                                  "A 192.0.2.1",
                                                  "CNAME walled.test.",
                                                  "TXT \"a; b\"",
                                                  "CNAME rpz-tcp-only.",
                                                  "AAAA 2001:db8::1"};
    std::string zone =
        "$ORIGIN rpz.test.\n$TTL 30\n@ IN SOA localhost. root.localhost. ( 1\n  6h 1h ; comment\n  1w 2h )\n "
        " IN NS localhost.\n";
    for (int i = 0; i < 30; ++i) {
        const std::string owner = (names.below(3) == 0 ? "*." : "") + names.name();
        zone += owner + (names.below(4) == 0 ? ".rpz.test." : "") + "\t" +
                actions[names.below(actions.size())] + "\n";
    }
    return zone +
           "32.1.2.0.192.rpz-ip CNAME .\n24.0.2.0.192.rpz-client-ip CNAME .\nns.test.rpz-nsdname CNAME .\n"
           "32.1.2.0.192.rpz-nsip CNAME .\n";
}

TEST(RpzLikeUnbound, RandomZonesMeanTheSame) {
    ASSERT_EQ(::access(unbound, X_OK), 0) << "scripts/setup --test installs it";
    for (unsigned seed = 1; seed <= 6; ++seed) {
        Names names(seed);
        const std::string zone = zone_of(names);
        Resolver resolver(zone);
        ASSERT_TRUE(resolver.ready()) << resolver.log();
        ListConfig config;
        config.format = ListFormat::rpz;
        const auto list = read_list(zone, config);
        ASSERT_TRUE(list) << list.error().message();
        std::set<std::string> asked;
        for (int i = 0; i < 150; ++i) asked.insert(names.name());
        for (const std::string& name : asked)
            EXPECT_EQ(list->index->find(NameSuffixes(name)).has_value(), resolver.listed(name))
                << name << " in\n"
                << zone;
    }
}

}  // namespace
}  // namespace enrichd::test::rpz_like_unbound_test
