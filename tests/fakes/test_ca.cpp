#include "fakes/test_ca.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace enrichd::fakes {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) throw std::runtime_error("no key");
    return key;
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    if (!extension) throw std::runtime_error("no extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

X509Ptr new_certificate(const std::string& name, EVP_PKEY* key, long serial, long from, long until) {
    X509Ptr out(X509_new());
    X509_set_version(out.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), until);
    X509_set_pubkey(out.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return out;
}

template <class Write>
std::string to_pem(const Write& write) {
    BIO* memory = BIO_new(BIO_s_mem());
    write(memory);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    std::string out(text, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
}

}  // namespace

struct TestCa::Keys {
    Key key;
    X509Ptr certificate;
};

TestCa::TestCa() : keys_(std::make_unique<Keys>()) {
    keys_->key = new_key();
    keys_->certificate = new_certificate("enrichd test CA", keys_->key.get(), 1, -86'400, 86'400);
    X509* const own = keys_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    extend(own, own, NID_key_usage, "critical,keyCertSign");
    extend(own, own, NID_subject_key_identifier, "hash");
    X509_sign(own, keys_->key.get(), EVP_sha256());
}

TestCa::~TestCa() = default;

std::string TestCa::pem() const {
    return to_pem([&](BIO* out) { PEM_write_bio_X509(out, keys_->certificate.get()); });
}

TestCa::Keys TestCa::certified(const Certificate& certificate) const {
    Keys out;
    out.key = new_key();
    out.certificate =
        new_certificate(certificate.host, out.key.get(), 2, certificate.valid_from, certificate.valid_until);
    X509_set_issuer_name(out.certificate.get(), X509_get_subject_name(keys_->certificate.get()));
    const bool local = certificate.host == "localhost";
    extend(out.certificate.get(), keys_->certificate.get(), NID_subject_alt_name,
           "DNS:" + certificate.host + (local ? ",IP:127.0.0.1" : ""));
    X509_sign(out.certificate.get(), keys_->key.get(), EVP_sha256());
    return out;
}

TestCa::Pems TestCa::pems(const Certificate& certificate) const {
    const Keys made = certified(certificate);
    return {to_pem([&](BIO* out) { PEM_write_bio_X509(out, made.certificate.get()); }), to_pem([&](BIO* out) {
                PEM_write_bio_PrivateKey(out, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

TlsContext TestCa::certify(const Certificate& certificate) const {
    const Keys made = certified(certificate);
    auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
    SSL_CTX_use_certificate(context->native_handle(), made.certificate.get());
    SSL_CTX_use_PrivateKey(context->native_handle(), made.key.get());
    const unsigned char session_name[] = "enrichd";
    SSL_CTX_set_session_id_context(context->native_handle(), session_name, sizeof session_name);
    return context;
}

TlsContext refusing_tls() {
    return std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
}

}  // namespace enrichd::fakes
