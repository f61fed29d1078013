// Alerts of Wazuh that are not about DNS, in the mix of a manager with Linux and Windows agents.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

namespace enrichd::test {

/// Each call appends one line; no two are equal.
class OtherLines {
  public:
    void append(std::string& to) {
        const std::string& line = lines_.at(order_.at(number_ % order_.size()));
        const std::size_t at = to.size();
        to += line;
        std::array<char, digits + 1> id{};
        std::snprintf(id.data(), id.size(), "%010llu", static_cast<unsigned long long>(number_++));
        to.replace(at + line.find("##########"), digits, id.data(), digits);
    }

  private:
    static constexpr std::size_t digits = 10;

    static std::string line(const std::string& rule, const std::string& groups, const std::string& rest) {
        return R"({"timestamp":"2026-11-27T04:04:22.734+0000","rule":{"level":5,"description":")" + rule +
               R"(","id":"5760","mitre":{"id":["T1110.001"],"tactic":["Credential Access"],"technique":["Password )"
               R"(Guessing"]},"firedtimes":7,"mail":false,"groups":[)" +
               groups +
               R"(],"gdpr":["IV_35.7.d","IV_32.2"],"hipaa":["164.312.b"],"nist_800_53":["AU.14","AC.7"],"pci_dss":)"
               R"(["10.2.4","10.2.5"],"tsc":["CC6.1","CC6.8","CC7.2"]},"agent":{"id":"014","name":"host-14.example)"
               R"(","ip":"10.0.3.14"},"manager":{"name":"wazuh-1"},"id":"1795493062.##########",)" +
               rest + "}\n";
    }

    static std::string login() {
        return line(
            "sshd: authentication failed.", R"("syslog","sshd","authentication_failed")",
            R"("full_log":"Nov 27 04:04:21 host-14 sshd[3127]: Failed password for invalid user admin )"
            R"(from 203.0.113.9 port 41222 ssh2","predecoder":{"program_name":"sshd","timestamp":)"
            R"("Nov 27 04:04:21","hostname":"host-14"},"decoder":{"parent":"sshd","name":"sshd"},)"
            R"("data":{"srcip":"203.0.113.9","srcport":"41222","srcuser":"admin"},"location":)"
            R"("/var/log/auth.log")");
    }

    static std::string changed_file() {
        return line(
            "Integrity checksum changed.", R"("ossec","syscheck","syscheck_entry_modified","syscheck_file")",
            R"("full_log":"File '/etc/hosts' modified\nMode: scheduled\nChanged attributes: size,mtime,md5,)"
            R"(sha1,sha256\nSize changed from '230' to '251'\nOld md5sum was: '0123456789abcdef0123456789abcdef')"
            R"(\nNew md5sum is : 'fedcba9876543210fedcba9876543210'\n","syscheck":{"path":"/etc/hosts","mode":)"
            R"("scheduled","size_before":"230","size_after":"251","perm_after":"rw-r--r--","uid_after":"0",)"
            R"("gid_after":"0","md5_before":"0123456789abcdef0123456789abcdef","md5_after":)"
            R"("fedcba9876543210fedcba9876543210","sha1_before":"0123456789abcdef0123456789abcdef01234567",)"
            R"("sha1_after":"fedcba9876543210fedcba9876543210fedcba98","uname_after":"root","gname_after":"root",)"
            R"("mtime_before":"2026-11-20T10:00:00","mtime_after":"2026-11-27T04:00:11","inode_before":131091,)"
            R"("inode_after":131102,"changed_attributes":["size","mtime","md5","sha1"],"event":"modified"},)"
            R"("decoder":{"name":"syscheck_integrity_changed"},"location":"syscheck")");
    }

    static std::string logon() {
        return line(
            "Windows logon success.", R"("windows","windows_security","authentication_success")",
            R"("decoder":{"name":"windows_eventchannel"},"data":{"win":{"system":{"providerName":)"
            R"("Microsoft-Windows-Security-Auditing","providerGuid":"{54849625-5478-4994-a5ba-3e3b0328c30d}",)"
            R"("eventID":"4624","version":"2","level":"0","task":"12544","opcode":"0","keywords":)"
            R"("0x8020000000000000","systemTime":"2026-11-27T04:04:20.1234567Z","eventRecordID":"901234",)"
            R"("processID":"712","threadID":"3344","channel":"Security","computer":"pc-17.corp.example.com",)"
            R"("severityValue":"AUDIT_SUCCESS","message":"\"An account was successfully logged on.\r\n\r\nSubject:)"
            R"(\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tPC-17$\r\n\tAccount Domain:\t\tEXAMPLE\r\n\t)"
            R"(Logon ID:\t\t0x3E7\r\n\r\nLogon Information:\r\n\tLogon Type:\t\t3\r\n\tElevated Token:\t\tYes\r\n\r\n)"
            R"(Network Information:\r\n\tWorkstation Name:\t-\r\n\tSource Network Address:\t10.0.3.20\r\n\tSource )"
            R"(Port:\t\t50122\""},"eventdata":{"subjectUserSid":"S-1-5-18","subjectUserName":"PC-17$",)"
            R"("subjectDomainName":"EXAMPLE","subjectLogonId":"0x3e7","targetUserSid":"S-1-5-21-1-2-3-1104",)"
            R"("targetUserName":"jane","targetDomainName":"EXAMPLE","targetLogonId":"0x123456","logonType":"3",)"
            R"("logonProcessName":"Kerberos","authenticationPackageName":"Kerberos","logonGuid":)"
            R"("{0a1b2c3d-0000-1111-2222-333344445555}","keyLength":"0","processId":"0x0","ipAddress":"10.0.3.20",)"
            R"("ipPort":"50122","impersonationLevel":"%%1833","virtualAccount":"%%1843","elevatedToken":)"
            R"("%%1842"}}},"location":"EventChannel")");
    }

    static std::string audit() {
        return line(
            "Auditd: SELinux permission check.", R"("audit","audit_command")",
            R"("full_log":"type=SYSCALL msg=audit(1795493062.123:4567): arch=c000003e syscall=59 success=yes )"
            R"(exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=2201 pid=2202 auid=1000 uid=0 gid=0 euid=0 comm=)"
            R"(\"ls\" exe=\"/usr/bin/ls\" key=\"exec\"","decoder":{"parent":"auditd","name":"auditd"},"data":)"
            R"({"audit":{"type":"SYSCALL","id":"4567","arch":"c000003e","syscall":"59","success":"yes","exit":"0",)"
            R"("ppid":"2201","pid":"2202","auid":"1000","uid":"0","gid":"0","euid":"0","command":"ls","exe":)"
            R"("/usr/bin/ls","key":"exec","cwd":"/root","execve":{"a0":"ls","a1":"-la"}}},"location":)"
            R"("/var/log/audit/audit.log")");
    }

    const std::array<std::string, 4> lines_{login(), changed_file(), logon(), audit()};
    static constexpr std::array<std::size_t, 10> order_{0, 2, 3, 2, 1, 0, 2, 3, 2, 0};
    std::uint64_t number_ = 0;
};

}  // namespace enrichd::test
