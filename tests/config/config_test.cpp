#include "config/config.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string_view>

#include "config/sections.hpp"
#include "config/yaml_writer.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::config_test {
namespace {

using namespace std::chrono_literals;

std::string problem(const std::string& yaml) {
    const ParsedConfig parsed = parse_config(yaml, "e.yaml");
    return parsed.errors.empty() ? "none" : parsed.errors.front().text();
}

/// The defaults, once a file is read that gives this key, or none.
Config defaults(std::string_view given = {}) {
    Config config;
    settle_stages(config, [&](std::string_view key) { return key == given; });
    return config;
}

TEST(Config, IsTheDefaultsWhenNothingIsGiven) {
    for (const char* yaml : {"", "# only a comment\n", "---\n", "gate:\n", "gate: {}\n"}) {
        const ParsedConfig parsed = parse_config(yaml, "e.yaml");
        EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front().text();
        EXPECT_EQ(parsed.config, defaults()) << yaml;
    }
}

TEST(Config, WithoutAUrlTheEmbeddedEngineIsTheSourceOfVerdicts) {
    const auto mode = [](const char* yaml) { return parse_config(yaml, "e.yaml").config.domain_stats.mode; };
    const char* const url = "domain_stats: {url: 'http://stats.example:5730'}";
    EXPECT_EQ(mode(""), DomainStatsMode::embedded);
    EXPECT_EQ(mode("domain_stats: {mode: auto}"), DomainStatsMode::embedded);
    EXPECT_EQ(mode(url), DomainStatsMode::http);
    EXPECT_EQ(mode("domain_stats: {mode: http}"), DomainStatsMode::http);
    EXPECT_EQ(mode("domain_stats: {mode: embedded, url: 'http://stats.example:5730'}"),
              DomainStatsMode::embedded);
    EXPECT_EQ(mode("domain_stats: {mode: off}"), DomainStatsMode::off);
}

TEST(Config, NamesTheServersThatAreConfigured) {
    const auto servers = [](const std::string& domain_stats) {
        std::string all;
        const Config config = parse_config("domain_stats: {" + domain_stats + "}", "e.yaml").config;
        for (const ConfiguredServer& one : servers_of_stages(config))
            all += (one.expected ? "" : "!") + authority(one.upstream.host, one.upstream.port) + " ";
        return all;
    };
    EXPECT_EQ(servers("mode: http"), "127.0.0.1:5730 ");
    EXPECT_EQ(servers("url: 'https://stats.example'"), "stats.example:443 ");
    EXPECT_EQ(servers("mode: embedded"), "data.iana.org:443 ");
    EXPECT_EQ(servers("mode: embedded, embedded: {rdap: false}"), "");
    EXPECT_EQ(servers("mode: off"), "");
    // One that answers there may be what 0.1.0 asked by default; or this daemon itself.
    EXPECT_EQ(servers("embedded: {rdap: false}"), "!127.0.0.1:5730 ");
    EXPECT_EQ(servers("serve: '127.0.0.1:5730', embedded: {rdap: false}"), "");
}

TEST(Config, ReadsEveryKindOfValue) {
    const ParsedConfig parsed = parse_config(R"(
wazuh: {home: /opt/wazuh}
intake:
  socket_mode: 0600
  allow: [root, soc]
  max_alert_bytes: 65536
gate:
  skip_suffixes: [.Corp.Example.COM., '*.lan']
  special_use: false
domain_stats:
  mode: off
  url: http://[::1]:5731/base/
  ask: hostname
  timeout: 20s
cache:
  ttl: {new: 30m}
outputs: {wazuh: false, file: '-'}
admin: {listen: '[::1]:1234'}
log: {level: debug, format: json}
)",
                                             "e.yaml");
    ASSERT_TRUE(parsed.errors.empty()) << parsed.errors.front().text();
    const Config& config = parsed.config;
    EXPECT_EQ(config.wazuh_home, "/opt/wazuh");
    EXPECT_EQ(config.intake.socket_mode, 0600U);
    EXPECT_EQ(config.intake.allow, (std::vector<std::string>{"root", "soc"}));
    EXPECT_EQ(config.reader.max_alert_bytes, 65536U);
    EXPECT_EQ(config.gate.skip_suffixes, (std::vector<std::string>{"corp.example.com", "lan"}));
    EXPECT_FALSE(config.gate.special_use);
    EXPECT_EQ(config.domain_stats.mode, DomainStatsMode::off);
    EXPECT_TRUE(config.domain_stats.ask_hostname);
    EXPECT_EQ(config.domain_stats.timeout, 20s);
    EXPECT_EQ(config.cache.domain_times.fresh, 30min);
    EXPECT_FALSE(config.outputs.wazuh);
    EXPECT_EQ(config.log.level, log::Level::debug);
    EXPECT_EQ(config.log.format, log::Format::json);
}

TEST(Config, EachMistakeHasItsPlaceItsKeyAndAHint) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"intke:\n  socket: /x\n", "e.yaml:1:1: intke: unknown key; did you mean 'intake'?"},
        {"intake:\n  sokcet: /x\n", "e.yaml:2:3: intake.sokcet: unknown key; did you mean 'socket'?"},
        {"log:\n  zzzzzzzzzz: 1\n", "e.yaml:2:3: log.zzzzzzzzzz: unknown key; here may stand format, level"},
        {"cache:\n  ttl:\n    nwe: 1h\n", "e.yaml:3:5: cache.ttl.nwe: unknown key; did you mean 'new'?"},
        {"intake: 5\n", "e.yaml:1:9: intake: expected a section with keys, got '5'"},
        {"- a\n", "e.yaml:1:1: expected sections with keys, got a list"},
        {"intake:\n  socket: relative\n",
         "e.yaml:2:11: intake.socket: expected an absolute path of at most 107 bytes, as sockets allow, got "
         "'relative'"},
        {"intake:\n  socket: [a]\n", "e.yaml:2:11: intake.socket: expected a text, got a list"},
        {"intake:\n  socket:\n", "e.yaml:2:3: intake.socket: expected a text, got nothing"},
        {"intake:\n  socket_mode: 0999\n",
         "e.yaml:2:16: intake.socket_mode: expected a file mode such as \"0660\", got '0999'"},
        {"intake:\n  allow: root\n", "e.yaml:2:10: intake.allow: expected a list, got 'root'"},
        {"intake:\n  allow: []\n", "e.yaml:2:3: intake.allow: expected at least one user or group"},
        {"intake:\n  max_alert_bytes: 70000000\n",
         "e.yaml:2:20: intake.max_alert_bytes: expected a whole number from 1024 to 131072, got '70000000'"},
        {"intake:\n  max_alert_bytes: 64k\n",
         "e.yaml:2:20: intake.max_alert_bytes: expected a whole number from 1024 to 131072, got '64k'"},
        {"intake:\n  max_alert_bytes: 010000\n",
         "e.yaml:2:20: intake.max_alert_bytes: expected a whole number from 1024 to 131072, got '010000'"},
        {"intake:\n  fields: [data.query]\n",
         "e.yaml:2:12: intake.fields: expected a JSON pointer such as "
         "/data/win/eventdata/queryName or /data/dns/queries/-/rrname, got 'data.query'"},
        {"gate:\n  special_use: yes\n", "e.yaml:2:16: gate.special_use: expected true or false, got 'yes'"},
        {"gate:\n  skip_suffixes: ['a b']\n",
         "e.yaml:2:19: gate.skip_suffixes: expected a domain name such as corp.example.com (the queried name "
         "has a "
         "character no host name has), got 'a b'"},
        {"domain_stats:\n  mode: inside\n",
         "e.yaml:2:9: domain_stats.mode: expected one of auto, http, embedded, off, got 'inside'"},
        {"domain_stats:\n  embedded:\n    word_alert: high\n",
         "e.yaml:3:17: domain_stats.embedded.word_alert: expected a number from 0 to 100, such as 4.5, got "
         "'high'"},
        {"domain_stats:\n  embedded:\n    rdap_bootstrap: dns.json\n",
         "e.yaml:3:21: domain_stats.embedded.rdap_bootstrap: expected a URL such as "
         "https://data.iana.org/rdap/dns.json, or the absolute path of a file, got 'dns.json'"},
        {"domain_stats:\n  url: ftp://x\n",
         "e.yaml:2:8: domain_stats.url: expected a URL such as http://127.0.0.1:5730 (a port is from 1 to "
         "65535, an IPv6 address stands in brackets), got 'ftp://x'"},
        {"otx:\n  url: https://jane:s3cret@otx.example.com\n",
         "e.yaml:2:8: otx.url: expected a URL such as http://127.0.0.1:5730, without user and password, got "
         "something else (not shown: it may be a secret)"},
        {"otx:\n  api_key_file: 0123456789abcdef\n",
         "e.yaml:2:17: otx.api_key_file: expected an absolute path, or '' for none, got something else (not "
         "shown: it may be a secret)"},
        {"domain_stats:\n  timeout: 15\n",
         "e.yaml:2:12: domain_stats.timeout: expected a duration with its unit, from "
         "100ms to 5m, such as 15s, got '15'"},
        {"domain_stats:\n  timeout: 0s\n",
         "e.yaml:2:12: domain_stats.timeout: expected a duration with its unit, from "
         "100ms to 5m, such as 15s, got '0s'"},
        {"domain_stats:\n  connections: 0\n",
         "e.yaml:2:16: domain_stats.connections: expected a whole number from 1 to 256, got '0'"},
        {"domain_stats:\n  retry_for: 2s\n",
         "e.yaml:2:3: domain_stats.retry_for: expected at least domain_stats.timeout, else nobody waits for "
         "the "
         "answer"},
        {"otx:\n  mode: yes\n", "e.yaml:2:9: otx.mode: expected one of auto, on, off, got 'yes'"},
        {"otx:\n  ask: []\n", "e.yaml:2:3: otx.ask: expected hostname, domain or both"},
        {"otx:\n  ask: [url]\n", "e.yaml:2:9: otx.ask: expected hostname or domain, got 'url'"},
        {"otx:\n  proxy: socks5://jane:s3cret@proxy:1080\n",
         "e.yaml:2:10: otx.proxy: expected a URL such as http://proxy.example.com:3128 or "
         "http://user:password@proxy.example.com:3128, or '' for none, got something else (not shown: it may "
         "be a secret)"},
        {"outputs:\n  wazuh: false\n",
         "e.yaml:1:1: outputs: expected wazuh or file to be on, else no event goes anywhere"},
        {"outputs:\n  file: events\n",
         "e.yaml:2:9: outputs.file: expected an absolute path, '-' for standard output, "
         "or '' for none, got 'events'"},
        {"intake:\n  fields: []\n", "e.yaml:2:3: intake.fields: expected at least one JSON pointer"},
        {"domain_stats:\n  mode: off\n  serve: 127.0.0.1:5730\n",
         "e.yaml:3:3: domain_stats.serve: expected domain_stats.mode to be http or embedded, else there is "
         "nothing to serve"},
        {"admin:\n  socket: admin.sock\n",
         "e.yaml:2:11: admin.socket: expected an absolute path of at most 107 bytes, as sockets allow, got "
         "'admin.sock'"},
        {"admin:\n  socket: /run/enrichd/intake.sock\n",
         "e.yaml:2:3: admin.socket: expected another path than intake.socket"},
        {"admin:\n  listen: localhost\n",
         "e.yaml:2:11: admin.listen: expected an address and port such as "
         "127.0.0.1:9466, or '' for none, got 'localhost'"},
        {"log:\n  level: loud\n",
         "e.yaml:2:10: log.level: expected one of debug, info, warning, error, got 'loud'"},
        {"log:\n  level: info\n  level: debug\n",
         "e.yaml:3:3: log.level: given twice, first in line 2; put it all in one place"},
        {"log:\n  level: info\nlog:\n  format: json\n",
         "e.yaml:3:1: log: given twice, first in line 1; put it all in one place"},
        {"a: b: c\n",
         "e.yaml:1:5: no valid YAML: illegal map value; a value with ': ' in it must stand in quotes, and "
         "keys "
         "of one section have one indentation"},
        {"a: 1\n---\nb: 2\n",
         "e.yaml:3:1: expected one YAML document, got several (a line '---' begins one)"},
    };
    for (const auto& [yaml, expected] : table) EXPECT_EQ(problem(yaml), expected) << yaml;
    EXPECT_NE(problem(std::string(20'000, '[')), "none") << "deep nesting is an error, not a crash";
}

TEST(Config, TextThatIsNoYamlEndsInAnError) {
    for (const char* text : {",gate:\x03  _", ",", ", ,", "}", "]", "a: b\n,"})
        EXPECT_NE(problem(text), "none") << text << ", which yaml-cpp takes for documents without end";
}

TEST(Config, HoldsSoManyFieldsAndNoMore) {
    const auto fields = [](std::size_t count) {
        std::string text = "intake: {fields: [";
        for (std::size_t i = 0; i < count; ++i) text.append(i > 0 ? ", " : "").append("/data/x");
        return text + "]}";
    };
    EXPECT_EQ(problem(fields(32)), "none");
    EXPECT_NE(problem(fields(33)).find("intake.fields"), std::string::npos) << problem(fields(33));
}

TEST(Config, HoldsPointersForTheContextOfEvents) {
    const auto client = [](const std::string& entries) {
        return "intake: {context: {client: [" + entries + "]}}";
    };
    const ParsedConfig parsed = parse_config(client("'zeek:/data/id/orig_h', /data/src_ip"), "e.yaml");
    EXPECT_TRUE(parsed.errors.empty());
    EXPECT_EQ(parsed.config.reader.context.client,
              (std::vector<std::string>{"zeek:/data/id/orig_h", "/data/src_ip"}));
    EXPECT_EQ(parsed.config.reader.context.process, ContextPointers().process)
        << "the others keep their defaults";
    EXPECT_EQ(problem(client("")), "none") << "no client in the events";
    EXPECT_NE(problem(client("bro:/data/x")).find("intake.context.client: expected a JSON pointer"),
              std::string::npos);
    std::string many = "/x";
    for (int i = 1; i < 16; ++i) many += ", /x";
    EXPECT_EQ(problem(client(many)), "none");
    EXPECT_NE(problem(client(many + ", /x")).find("at most 16"), std::string::npos)
        << problem(client(many + ", /x"));
}

TEST(Config, IsUtf8) {
    EXPECT_EQ(problem("log: {level: info}\nintake: {spool: '/a\xff'}\n"),
              "e.yaml:2:20: expected UTF-8, got the byte 0xFF: save the file as UTF-8");
    const std::string utf16("l\0o\0g\0:\0", 8);
    const std::string utf32("\1\0\0\0gate:\n", 10);
    EXPECT_EQ(problem("\xff\xfe"), "e.yaml:1:1: expected UTF-8, got UTF-16: save the file as UTF-8");
    for (const std::string& other : {utf16, utf32})
        EXPECT_EQ(problem(other), "e.yaml:1:2: expected UTF-8, got the byte 0x00: save the file as UTF-8");
    EXPECT_EQ(problem("log: {level: info}\n\"gate\\_\": 1\n"),
              "e.yaml:2:1: expected a text without the escapes \\_ and \\N");
    EXPECT_EQ(problem("a: \"\\\xc3\xbc\"\n"),
              "e.yaml:1:7: no valid YAML: unknown escape character: \xef\xbf\xbd");
    EXPECT_EQ(parse_config("wazuh: {home: '/b\xc3\xbc'}", "e.yaml").config.wazuh_home, "/b\xc3\xbc");
}

TEST(Config, AMistakeIsShownCutBetweenCharacters) {
    std::string sixty_and_more(59, 'x');
    for (int i = 0; i < 4; ++i) sixty_and_more += "\xc3\xbc";
    EXPECT_EQ(problem("log: {level: " + sixty_and_more + "}"),
              "e.yaml:1:14: log.level: expected one of debug, info, warning, error, got '" +
                  std::string(59, 'x') + "…'");
    EXPECT_TRUE(
        problem(sixty_and_more + ": 1").starts_with("e.yaml:1:1: " + std::string(59, 'x') + ": unknown"));
}

TEST(Config, ReportsAllMistakesAtOnce) {
    EXPECT_EQ(
        parse_config("log:\n  level: loud\n  formt: json\nintake:\n  socket: x\n", "e.yaml").errors.size(),
        3U);
}

TEST(Config, ShownIsReadAsTheSame) {
    Config config;
    config.intake.allow = {"root", "a b", "yes"};
    config.gate.skip_suffixes = {"corp.example.com"};
    config.outputs.file = "-";
    config.state = {"/srv/state", true, 5000};
    config.spool.max_bytes = 1024 * 1024;
    config.domain_stats.timeout = 1500ms;
    config.domain_stats.mode = DomainStatsMode::off;
    config.otx.filter.authors = {};
    config.otx.filter.ignore_tags = {"a: b", "-"};
    config.otx.ask = {"domain"};
    config.otx.mode = OtxMode::on;
    config.otx.always = true;
    const ParsedConfig parsed = parse_config(to_yaml(config), "shown");
    ASSERT_TRUE(parsed.errors.empty()) << parsed.errors.front().text() << "\n" << to_yaml(config);
    EXPECT_EQ(parsed.config, config) << to_yaml(config);
}

TEST(Config, APasswordIsReadAndNeverShown) {
    const ParsedConfig parsed = parse_config("otx: {proxy: 'http://jane:s3cret@proxy:3128'}", "e.yaml");
    EXPECT_TRUE(parsed.errors.empty());
    EXPECT_EQ(parsed.config.otx.server.proxy.reveal(), "http://jane:s3cret@proxy:3128");
    const std::string shown = to_yaml(parsed.config);
    EXPECT_NE(shown.find("proxy: \"http://***@proxy:3128\""), std::string::npos) << shown;
    EXPECT_EQ(shown.find("s3cret"), std::string::npos);
}

TEST(Config, OtxThatNobodyAsksIsWorthAWarning) {
    EXPECT_EQ(parse_config("domain_stats: {mode: off}", "e").warnings.size(), 1U);
    EXPECT_TRUE(parse_config("domain_stats: {mode: off}\notx: {when: always}", "e").warnings.empty());
    EXPECT_TRUE(parse_config("domain_stats: {mode: off}\notx: {mode: off}", "e").warnings.empty());
}

TEST(Config, TheInterfaceOfDomainStatsNeedsAJudgeAndItsReachIsTold) {
    EXPECT_EQ(parse_config("domain_stats: {mode: off, serve: '127.0.0.1:5730'}\notx: {mode: off}", "e")
                  .errors.size(),
              1U);
    for (const char* serve : {"127.0.0.1:9466", "127.0.0.1:0"})
        EXPECT_EQ(parse_config("domain_stats: {serve: '" + std::string(serve) + "'}", "e").errors.size(), 1U);
    const TempDir dir;
    write_file(dir / "open.yaml",
               "domain_stats: {mode: embedded, serve: '0.0.0.0:5730'}\notx: {mode: off}\n");
    EXPECT_EQ(load_config(dir / "open.yaml").warnings.size(), 1U);
    write_file(dir / "loopback.yaml",
               "domain_stats: {mode: embedded, serve: '[::1]:5730'}\notx: {mode: off}\n");
    EXPECT_TRUE(load_config(dir / "loopback.yaml").warnings.empty());
}

TEST(Config, KeysOfTheFrequencyTableDecideNothingWhileTheModelDoes) {
    const TempDir dir;
    const auto warnings = [&](const std::string& keys) {
        write_file(dir / "e.yaml",
                   "domain_stats: {mode: embedded, embedded: {" + keys + "}}\notx: {mode: off}\n");
        return load_config(dir / "e.yaml").warnings;
    };
    EXPECT_TRUE(warnings("model_fpr: 0.02").empty());
    ASSERT_EQ(warnings("average_alert: 4.5, word_alert: 3").size(), 2U);
    EXPECT_NE(warnings("average_alert: 4.5")[0].text().find("scores is model; set it to table"),
              std::string::npos);
    EXPECT_TRUE(warnings("scores: table, average_alert: 4.5").empty());
}

TEST(Config, TheReferenceInTheDocsNamesEveryKeyWithItsDefault) {
    const std::string page = read_file(std::string(ENRICHD_SOURCE) + "/docs/configuration.md");
    const std::size_t start = page.find("```yaml\n") + 8;
    const std::string reference = page.substr(start, page.find("```", start) - start);
    const ParsedConfig parsed = parse_config(reference, "docs");
    EXPECT_TRUE(parsed.errors.empty() && parsed.warnings.empty());
    EXPECT_EQ(parsed.config, defaults("domain_stats.url"));
    std::istringstream lines(to_yaml(Config()));
    for (std::string line; std::getline(lines, line);) {
        const std::string key = line.substr(0, line.find(':') + 1);
        EXPECT_NE(("\n" + reference).find("\n" + key), std::string::npos) << key;
    }
}

TEST(Config, AFileThatCannotBeReadIsAnErrorThatSaysWhy) {
    const TempDir dir;
    EXPECT_EQ(read_config(dir / "none.yaml").errors.front().text(),
              (dir / "none.yaml").string() + ": cannot be read: No such file or directory");
    EXPECT_FALSE(read_config(dir.path()).errors.empty()) << "a directory";
    write_file(dir / "big.yaml", "# " + std::string(1024 * 1024, 'x'));
    EXPECT_NE(read_config(dir / "big.yaml").errors.front().text().find("longer than 1 MiB"),
              std::string::npos);
    write_file(dir / "good.yaml", "log: {level: debug}\n");
    EXPECT_EQ(read_config(dir / "good.yaml").config.log.level, log::Level::debug);
}

}  // namespace
}  // namespace enrichd::test::config_test
