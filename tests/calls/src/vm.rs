//! The built filter in an interpreter, as one VM of a host.

use wasmi::{Caller, Config, Engine, Extern, Func, Instance, Linker, Module, Store, Val};

use crate::abi;
use crate::host::{Host, Stream};
use crate::memory::Arguments;

/// The id of the root context, and of the context of every stream, one after the other.
const ROOT: i32 = 1;
const STREAM: i32 = 2;

/// Never used up.
const FUEL: u64 = u64::MAX;

/// A filter that has its configuration.
pub struct Vm {
    store: Store<Host>,
    instance: Instance,
}

/// What a stream did.
pub struct Ran {
    pub fuel: u64,
    pub request: Vec<String>,
    pub response: Vec<String>,
}

impl Vm {
    pub fn start(module: &[u8], configuration: &str) -> Self {
        let engine = Engine::new(Config::default().consume_fuel(true));
        let module = Module::new(&engine, module).unwrap();
        let host = Host { configuration: configuration.as_bytes().to_vec(), ..Host::default() };
        let mut store = Store::new(&engine, host);
        store.set_fuel(FUEL).unwrap();
        let mut linker = Linker::<Host>::new(&engine);
        for import in module.imports() {
            let name = import.name().to_owned();
            let function = import.ty().func().unwrap().clone();
            let carry_out = move |caller: Caller<'_, Host>, parameters: &[Val], results: &mut [Val]| {
                let values: Vec<u64> = parameters.iter().map(number).collect();
                results[0] = Val::I32(abi::call(&name, Arguments { caller, values: &values }).cast_signed());
                Ok(())
            };
            linker.func_new(import.module(), import.name(), function, carry_out).unwrap();
        }
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        let mut vm = Self { store, instance };
        vm.call("_initialize", &[]);
        vm.call("proxy_on_context_create", &[ROOT, 0]);
        vm.call("proxy_on_vm_start", &[ROOT, 0]);
        vm.configure(ROOT, configuration);
        vm
    }

    /// Loads another configuration, in a root context of its own.
    pub fn reconfigure(&mut self, root: i32, configuration: &str) {
        self.host().configuration = configuration.as_bytes().to_vec();
        self.call("proxy_on_context_create", &[root, 0]);
        self.configure(root, configuration);
    }

    fn configure(&mut self, root: i32, configuration: &str) {
        let size = i32::try_from(configuration.len()).unwrap();
        let accepted = self.call("proxy_on_configure", &[root, size]);
        assert_eq!(accepted, 1, "{:#?}", self.store.data().calls);
    }

    /// Runs a request and its response, the origin server's or the filter's own.
    pub fn run(&mut self, stream: Stream) -> Ran {
        let before = self.store.get_fuel().unwrap();
        *self.host() = Host { stream, calls: Vec::new(), answer: None, responds: false, ..std::mem::take(self.host()) };
        self.call("proxy_on_context_create", &[STREAM, ROOT]);
        self.call("proxy_on_request_headers", &[STREAM, 0, 1]);
        let request = std::mem::take(&mut self.host().calls);
        self.host().responds = true;
        if let Some(answer) = self.host().answer.take() {
            self.host().stream.response = answer;
        }
        self.call("proxy_on_response_headers", &[STREAM, 0, 1]);
        let response = std::mem::take(&mut self.host().calls);
        self.call("proxy_on_delete", &[STREAM]);
        let fuel = before - self.store.get_fuel().unwrap();
        self.store.set_fuel(FUEL).unwrap();
        Ran { fuel, request, response }
    }

    pub fn host(&mut self) -> &mut Host {
        self.store.data_mut()
    }

    /// Calls a callback. Returns its result, if it has one.
    fn call(&mut self, name: &str, parameters: &[i32]) -> i32 {
        let function: Func = self.instance.get_export(&self.store, name).and_then(Extern::into_func).unwrap();
        let parameters: Vec<Val> = parameters.iter().copied().map(Val::I32).collect();
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        function.call(&mut self.store, &parameters, &mut results).unwrap();
        results.first().and_then(|value| value.i32()).unwrap_or_default()
    }
}

/// A parameter without its sign, as pointers are meant.
fn number(value: &Val) -> u64 {
    match value {
        Val::I32(value) => value.cast_unsigned().into(),
        Val::I64(value) => value.cast_unsigned(),
        _ => panic!("proxy-wasm passes whole numbers only"),
    }
}
