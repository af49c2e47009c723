#include "server/pkcs11/hardware_seal.h"

#include <thread>

#include <dlfcn.h>
#include <gmock/gmock.h>

#include "server/pkcs11/shim_module.h"
#include "server/pkcs11/soft_token.h"

namespace signet::pkcs11 {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kModule[] = SIGNET_PKCS11_SHIM;
constexpr char kUri[] = "pkcs11:token=signet;object=kek";
constexpr char kContext[] = "signing key 1";
constexpr CK_FLAGS kNoFlags = 0;

class HardwareSealTest : public testing::Test {
 protected:
  HardwareSealTest() {
    tokens_.MakeToken("signet");
    const auto find = reinterpret_cast<Shim* (*)()>(dlsym(library_, "SignetShim"));
    shim_ = find();
    *shim_ = Shim{};
  }
  ~HardwareSealTest() override { dlclose(library_); }

  static std::unique_ptr<HardwareSeal> Make(const std::string& uri = kUri,
                                            const std::string& pin = SoftTokens::kPin,
                                            const std::string& module = kModule) {
    return std::make_unique<HardwareSeal>(module, *KeyUri::Parse(uri), base::Secret(pin));
  }
  static absl::Status Begin(const std::string& uri = kUri,
                            const std::string& pin = SoftTokens::kPin,
                            const std::string& module = kModule) {
    return Make(uri, pin, module)->Begin();
  }
  std::unique_ptr<HardwareSeal> Begun() {
    tokens_.MakeKey("signet", {});
    auto seal = Make();
    const absl::Status begun = seal->Begin();
    EXPECT_TRUE(begun.ok()) << begun;
    return seal;
  }
  // SoftHSM itself, as if somebody else in the process, or nobody any more, used it.
  static CK_FUNCTION_LIST& SoftHsm() {
    void* const library = dlopen(kSoftHsm, RTLD_NOW);
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    CK_FUNCTION_LIST* list = nullptr;
    get(&list);
    dlclose(library);
    return *list;
  }

  const SoftTokens tokens_;
  void* const library_ = dlopen(kModule, RTLD_NOW);  // it keeps its state while p11-kit lets go
  Shim* shim_ = nullptr;
};

//
TEST_F(HardwareSealTest, SealsAndOpensInTheModule) {
  const auto seal = Begun();
  EXPECT_EQ(seal->id(), "pkcs11:signet/kek");
  EXPECT_FALSE(seal->extractable());
  const auto sealed = seal->Seal(base::Secret("a private key"), kContext);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  EXPECT_EQ(sealed->size(), 1 + 12 + 13 + 16);
  EXPECT_THAT(*sealed, Not(HasSubstr("private")));
  EXPECT_EQ(seal->Open(*sealed, kContext)->reveal(), "a private key");
  EXPECT_NE(*seal->Seal(base::Secret("a private key"), kContext), *sealed);
  EXPECT_EQ(shim_->logins, 1);
}

// after a restart, and by another replica.
TEST_F(HardwareSealTest, AnotherProcessOpensWhatOneSealed) {
  auto first = Begun();
  const std::string sealed = *first->Seal(base::Secret("a private key"), kContext);
  first.reset();
  const auto second = Make();
  EXPECT_EQ(second->Open(sealed, kContext)->reveal(), "a private key");
}

// T: a row that was moved or changed.
TEST_F(HardwareSealTest, OpensNothingThatWasMovedOrChangedAndGoesOn) {
  const auto seal = Begun();
  const std::string sealed = *seal->Seal(base::Secret("a private key"), kContext);
  EXPECT_TRUE(absl::IsDataLoss(seal->Open(sealed, "signing key 2").status()));
  for (const size_t at : {size_t{0}, size_t{1}, size_t{13}, sealed.size() - 1}) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(seal->Open(changed, kContext).status())) << at;
  }
  EXPECT_TRUE(absl::IsDataLoss(seal->Open(sealed.substr(0, 28), kContext).status()));
  EXPECT_TRUE(absl::IsDataLoss(seal->Open("", kContext).status()));
  EXPECT_EQ(seal->Open(sealed, kContext)->reveal(), "a private key");
}

TEST_F(HardwareSealTest, AnotherKeyDoesNotOpenIt) {
  tokens_.MakeKey("signet", {.label = "other"});
  const auto seal = Begun();
  const std::string sealed = *seal->Seal(base::Secret("a private key"), kContext);
  const auto other = Make("pkcs11:token=signet;object=other");
  EXPECT_TRUE(absl::IsDataLoss(other->Open(sealed, kContext).status()));
}

// Hardware under FIPS 140 chooses the IV: what it says it used is what opens.
TEST_F(HardwareSealTest, KeepsTheIvThatTheModuleChose) {
  shim_->chooses_iv = true;
  const auto seal = Begun();
  const std::string sealed = *seal->Seal(base::Secret("a private key"), kContext);
  EXPECT_EQ(sealed.substr(1, 12), std::string(12, static_cast<char>(shim_->ivs_chosen)));
  EXPECT_EQ(seal->Open(sealed, kContext)->reveal(), "a private key");
}

// Tokens lock after a few wrong PINs, some for good.
TEST_F(HardwareSealTest, AWrongPinIsTriedOnce) {
  tokens_.MakeKey("signet", {});
  const auto seal = Make(kUri, "canary-wrong");
  const absl::Status begun = seal->Begin();
  EXPECT_TRUE(absl::IsFailedPrecondition(begun)) << begun;
  EXPECT_TRUE(IsPinRefused(begun));
  EXPECT_THAT(begun.message(), AllOf(HasSubstr("pkcs11.pin is refused by token \"signet\""),
                                     Not(HasSubstr("canary"))));
  EXPECT_EQ(seal->Begin(), begun);
  EXPECT_EQ(seal->Seal(base::Secret("key"), kContext).status(), begun);
  EXPECT_EQ(seal->Open(std::string(40, '\1'), kContext).status(), begun);
  EXPECT_EQ(shim_->logins, 1);
  EXPECT_TRUE(Begin().ok());
}

// A PIN that is changed while a process runs.
TEST_F(HardwareSealTest, APinThatIsRefusedLaterIsTriedOnce) {
  const auto seal = Begun();
  auto& softhsm = SoftHsm();
  const CK_SLOT_ID slot = SoftTokens::SlotOf(softhsm, "signet");
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(
      softhsm.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
      CKR_OK);
  std::string before = SoftTokens::kPin;
  std::string after = "another";
  ASSERT_EQ(softhsm.C_SetPIN(session, reinterpret_cast<CK_BYTE*>(before.data()), before.size(),
                             reinterpret_cast<CK_BYTE*>(after.data()), after.size()),
            CKR_OK);
  ASSERT_EQ(softhsm.C_CloseAllSessions(slot), CKR_OK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(IsPinRefused(seal->Seal(base::Secret("key"), kContext).status()));
  }
  EXPECT_EQ(shim_->logins, 2);
}

TEST_F(HardwareSealTest, TheLastAttemptBeforeATokenLocksIsNotTaken) {
  tokens_.MakeKey("signet", {});
  for (const auto& [flag, says] :
       {std::pair(CK_FLAGS{CKF_USER_PIN_FINAL_TRY}, "one more wrong PIN would lock"),
        std::pair(CK_FLAGS{CKF_USER_PIN_LOCKED}, "is locked after wrong PINs")}) {
    shim_->token_flags = flag;
    const absl::Status begun = Begin();
    EXPECT_TRUE(IsPinRefused(begun)) << begun;
    EXPECT_THAT(begun.message(), HasSubstr(says));
  }
  EXPECT_EQ(shim_->logins, 0);
  shim_->token_flags = kNoFlags;
  EXPECT_TRUE(Begin().ok());
}

TEST_F(HardwareSealTest, APinThatIsNotGivenIsAskedFor) {
  tokens_.MakeKey("signet", {});
  EXPECT_EQ(Begin(kUri, "").message(),
            "pkcs11.pin is required, as token \"signet\" wants a login: set pkcs11.pin_file");
}

// An HSM that was restarted, or dropped a session that nobody used for weeks, needs no restart
// here.
TEST_F(HardwareSealTest, ALostSessionIsReplacedWithinTheQuestion) {
  const auto seal = Begun();
  const std::string sealed = *seal->Seal(base::Secret("a private key"), kContext);
  auto& softhsm = SoftHsm();
  ASSERT_EQ(softhsm.C_CloseAllSessions(SoftTokens::SlotOf(softhsm, "signet")), CKR_OK);
  EXPECT_TRUE(seal->Seal(base::Secret("key"), kContext).ok());
  EXPECT_EQ(shim_->logins, 2);
  ASSERT_EQ(softhsm.C_CloseAllSessions(SoftTokens::SlotOf(softhsm, "signet")), CKR_OK);
  EXPECT_EQ(seal->Open(sealed, kContext)->reveal(), "a private key");
  EXPECT_EQ(shim_->logins, 3);
  ASSERT_EQ(softhsm.C_Finalize(nullptr), CKR_OK);
  EXPECT_EQ(seal->Open(sealed, kContext)->reveal(), "a private key");
  EXPECT_EQ(shim_->logins, 4);
}

TEST_F(HardwareSealTest, WhatIsAwayIsUnavailableAndAskedAnewAtTheNextQuestion) {
  const auto seal = Begun();
  const std::string sealed = *seal->Seal(base::Secret("a private key"), kContext);
  for (const CK_RV failure :
       {CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_ERROR}) {
    shim_->failure = failure;
    shim_->failures = 2;
    const auto refused = seal->Seal(base::Secret("key"), kContext);
    EXPECT_TRUE(absl::IsUnavailable(refused.status())) << refused.status();
    EXPECT_THAT(refused.status().message(), HasSubstr(DescribeValue(failure)));
    EXPECT_TRUE(seal->Seal(base::Secret("key"), kContext).ok());
    shim_->failures = 3;  // the data, over a new session, and the proof that it is not the data
    EXPECT_TRUE(absl::IsUnavailable(seal->Open(sealed, kContext).status()));
    EXPECT_EQ(seal->Open(sealed, kContext)->reveal(), "a private key");
  }
}

TEST_F(HardwareSealTest, TokensThatAreGoneMayComeBack) {
  tokens_.MakeKey("signet", {});
  const std::string elsewhere = tokens_.tokens() + ".away";
  std::filesystem::rename(tokens_.tokens(), elsewhere);
  const auto seal = Make();
  const absl::Status gone = seal->Begin();
  EXPECT_TRUE(absl::IsUnavailable(gone)) << gone;
  EXPECT_THAT(gone.message(), AllOf(HasSubstr("pkcs11.module"), HasSubstr("does not start")));
  std::filesystem::create_directory(tokens_.tokens());
  const absl::Status empty = seal->Begin();
  EXPECT_TRUE(absl::IsUnavailable(empty)) << empty;
  EXPECT_THAT(empty.message(), HasSubstr("pkcs11.module shows no token"));
  std::filesystem::remove(tokens_.tokens());
  std::filesystem::rename(elsewhere, tokens_.tokens());
  EXPECT_TRUE(seal->Begin().ok());
}

TEST_F(HardwareSealTest, WhatIsNotThereIsNamedByItsSetting) {
  tokens_.MakeKey("signet", {});
  const absl::Status token = Begin("pkcs11:token=elsewhere;object=kek");
  EXPECT_TRUE(absl::IsNotFound(token)) << token;
  EXPECT_EQ(token.message(),
            "pkcs11.uri: no token is the one of pkcs11:elsewhere/kek; there is \"signet\"");
  EXPECT_EQ(shim_->logins, 0);
  const absl::Status key = Begin("pkcs11:token=signet;object=other");
  EXPECT_TRUE(absl::IsNotFound(key)) << key;
  EXPECT_THAT(key.message(), HasSubstr("pkcs11.uri: there is no key pkcs11:signet/other"));
  EXPECT_THAT(Begin("pkcs11:token=signet;object=kek;id=%02").message(),
              HasSubstr("there is no key"));
  EXPECT_TRUE(Begin("pkcs11:token=signet;object=kek;id=%01").ok());
  for (const char* module :
       {"/nonexistent.so", "/dev/null", "/usr/lib/x86_64-linux-gnu/libm.so.6"}) {
    const absl::Status loaded = Begin(kUri, SoftTokens::kPin, module);
    EXPECT_TRUE(absl::IsFailedPrecondition(loaded)) << loaded;
    EXPECT_THAT(loaded.message(), AllOf(HasSubstr("pkcs11.module"), HasSubstr(module),
                                        HasSubstr("cannot be loaded")));
  }
}

TEST_F(HardwareSealTest, OnlyOneAesKeyOf256BitsWillDo) {
  tokens_.MakeKey("signet", {.label = "short", .size = 16});
  tokens_.MakeKey("signet", {.label = "des", .mechanism = CKM_DES3_KEY_GEN, .size = 0});
  tokens_.MakeKey("signet", {.label = "rsa", .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN});
  tokens_.MakeKey("signet", {.label = "sealing", .may_decrypt = false});
  tokens_.MakeKey("signet", {.label = "twice", .id = "\x01"});
  tokens_.MakeKey("signet", {.label = "twice", .id = "\x02"});
  const std::pair<const char*, const char*> cases[] = {
      {"short", "pkcs11.uri: pkcs11:signet/short is no AES key of 256 bits, but one of 128"},
      {"des", "pkcs11.uri: pkcs11:signet/des is no AES key of 256 bits"},
      {"rsa", "pkcs11.uri: pkcs11:signet/rsa is no secret key"},
      {"sealing", "pkcs11.uri: the token does not let key pkcs11:signet/sealing decrypt"},
      {"twice", "pkcs11.uri: several keys are pkcs11:signet/twice: add id= to it"}};
  for (const auto& [label, says] : cases) {
    const absl::Status begun = Begin(absl::StrCat("pkcs11:token=signet;object=", label));
    EXPECT_TRUE(absl::IsFailedPrecondition(begun)) << begun;
    EXPECT_THAT(begun.message(), HasSubstr(says));
  }
  EXPECT_TRUE(Begin("pkcs11:token=signet;object=twice;id=%02").ok());
}

TEST_F(HardwareSealTest, TwoTokensOfOneLabelAreToldApartBySerial) {
  tokens_.MakeToken("signet");
  const absl::Status begun = Begin();
  EXPECT_TRUE(absl::IsFailedPrecondition(begun)) << begun;
  EXPECT_THAT(begun.message(), HasSubstr("2 tokens are the one of pkcs11:signet/kek: add serial="));
}

TEST_F(HardwareSealTest, AKeyThatCanBeTakenOutIsTold) {
  tokens_.MakeKey("signet", {.extractable = true});
  const auto seal = Make();
  ASSERT_TRUE(seal->Begin().ok());
  EXPECT_TRUE(seal->extractable());
}

// Some modules are for one thread.
TEST_F(HardwareSealTest, ThreadsTakeTurns) {
  const auto seal = Begun();
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string context = absl::StrCat("key ", i);
      for (int j = 0; j < 25; ++j) {
        const auto sealed = seal->Seal(base::Secret("key"), context);
        if (sealed.ok() && seal->Open(*sealed, context).ok()) ++opened;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 100);
  EXPECT_EQ(shim_->logins, 1);
}

}  // namespace
}  // namespace signet::pkcs11
